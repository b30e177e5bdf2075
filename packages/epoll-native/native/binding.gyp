{
  "targets": [{
    "target_name": "epoll_native",
    "sources": [
      "src/addon.cc",
      "src/arguments.cc",
      "src/buffers.cc",
      "src/checks.cc",
      "src/descriptor.cc",
      "src/epoll.cc",
      "src/frame.cc",
      "src/inotify.cc",
      "src/instance.cc",
      "src/io.cc",
      "src/message.cc",
      "src/packets.cc",
      "src/process.cc",
      "src/runtime.cc",
      "src/socket.cc",
      "src/socket_option.cc",
      "src/timer.cc",
      "src/watcher.cc",
      "src/watcher_thread.cc",
      "src/watcher_uv.cc"
    ],
    "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
    "defines": ["NAPI_VERSION=8", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED"],
    # C++20, because C++17 declares std::string `extern template` and so drags libstdc++ in.
    "cflags": [
      "-fvisibility=hidden", "-ffunction-sections", "-fdata-sections",
      "-Wall", "-Wextra"
    ],
    "cflags!": ["-O3", "-fno-omit-frame-pointer"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++1y"],
    "cflags_cc": ["-std=gnu++20", "-O2"],
    "ldflags": [
      "-Wl,--gc-sections", "-Wl,--as-needed", "-Wl,-z,relro,-z,now",
      "-Wl,--version-script=<(module_root_dir)/src/exports.map"
    ],
    "ldflags!": ["-rdynamic"],
    "conditions": [
      # Set by our own builds. A user's newer compiler may warn of something new, and must still build.
      ["'<!(echo $REARM_WERROR)'=='1'", { "cflags": ["-Werror"] }],
      # The musl cross build links with -nostdlib and names its libraries itself; musl's CMSG_NXTHDR compares signed with
      # unsigned.
      ["'<!(echo $REARM_MUSL)'=='1'", { "libraries": ["-lc", "-lgcc"], "cflags": ["-Wno-sign-compare"] }]
    ]
  }]
}
