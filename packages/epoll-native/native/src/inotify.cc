#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>

#include "arguments.h"
#include "instance.h"

namespace rearm {
namespace {

// inotifyInit1(flags)
napi_value InotifyInit1(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "inotifyInit1");
  int flags;
  if (!args.Int(0, "flags", &flags)) return nullptr;
  return args.Result(inotify_init1(flags));
}

// inotifyAddWatch(fd, path as bytes without a NUL, mask)
napi_value InotifyAddWatch(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "inotifyAddWatch");
  int fd;
  Span path;
  uint32_t mask;
  if (!args.Int(0, "fd", &fd) || !args.Bytes(1, "path", 0, &path) || !args.Bits(2, "mask", &mask)) {
    return nullptr;
  }
  char name[PATH_MAX];
  if (path.length >= sizeof name) {
    errno = ENAMETOOLONG;
    return args.Result(-1);
  }
  // Copied, because the kernel wants a terminating NUL that the array does not have.
  if (path.length > 0) memcpy(name, path.data, path.length);
  name[path.length] = '\0';
  if (memchr(name, '\0', path.length) != nullptr) {
    args.ThrowRange("path", "a path without NUL bytes");
    return nullptr;
  }
  return args.Result(inotify_add_watch(fd, name, mask));
}

// inotifyRmWatch(fd, watch)
napi_value InotifyRmWatch(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "inotifyRmWatch");
  int fd, watch;
  if (!args.Int(0, "fd", &fd) || !args.Int(1, "watch", &watch)) return nullptr;
  return args.Result(inotify_rm_watch(fd, watch));
}

}  // namespace

bool ExportInotify(napi_env env, napi_value exports, Instance* instance) {
  static constexpr Function kFunctions[] = {
      {"inotifyInit1", InotifyInit1},
      {"inotifyAddWatch", InotifyAddWatch},
      {"inotifyRmWatch", InotifyRmWatch},
  };
  return Export(env, exports, instance, kFunctions);
}

}  // namespace rearm
