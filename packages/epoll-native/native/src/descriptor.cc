#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "arguments.h"
#include "instance.h"
#include "kernel.h"

namespace rearm {
namespace {

// close(fd)
napi_value Close(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "close");
  int fd;
  if (!args.Int(0, "fd", &fd)) return nullptr;
  return args.Result(close(fd));
}

// dup(fd): the copy is CLOEXEC
napi_value Dup(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "dup");
  int fd;
  if (!args.Int(0, "fd", &fd)) return nullptr;
  return args.Result(Fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

// dup3(fd, target, flags)
napi_value Dup3(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "dup3");
  int fd, target, flags;
  if (!args.Int(0, "fd", &fd) || !args.Int(1, "target", &target) || !args.Int(2, "flags", &flags)) {
    return nullptr;
  }
  return args.Result(dup3(fd, target, flags));
}

// fcntl(fd, command, argument)
napi_value FcntlCall(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "fcntl");
  int fd, command, argument = 0;
  if (!args.Int(0, "fd", &fd) || !args.Int(1, "command", &command)) return nullptr;
  // Left out it would be a 0 that clears flags.
  const bool must_have = command == F_SETFD || command == F_SETFL || command == F_SETPIPE_SZ;
  if ((must_have || !args.IsUndefined(2)) && !args.Int(2, "argument", &argument)) return nullptr;
  switch (command) {
    case F_GETFD:
    case F_SETFD:
    case F_GETFL:
    case F_SETFL:
    case F_DUPFD_CLOEXEC:
    case F_GETPIPE_SZ:
    case F_SETPIPE_SZ:
      return args.Result(Fcntl(fd, command, argument));
    default:
      // Other commands take a pointer: an integer from JavaScript must never become one.
      args.ThrowRange("command", "one of FcntlCommand");
      return nullptr;
  }
}

// pipe2(pair, flags)
napi_value Pipe2(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "pipe2");
  int32_t* pair;
  size_t length;
  int flags;
  if (!args.Ints(0, "pair", 2, &pair, &length) || !args.Int(1, "flags", &flags)) return nullptr;
  return args.Result(pipe2(pair, flags));
}

// eventfd(initial, flags)
napi_value Eventfd(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "eventfd");
  double initial;
  int flags;
  if (!args.Integer(0, "initial", 0, UINT32_MAX, &initial) || !args.Int(1, "flags", &flags)) {
    return nullptr;
  }
  return args.Result(eventfd(static_cast<unsigned>(initial), flags));
}

}  // namespace

bool ExportDescriptor(napi_env env, napi_value exports, Instance* instance) {
  static constexpr Function kFunctions[] = {
      {"close", Close}, {"dup", Dup},     {"dup3", Dup3},
      {"pipe2", Pipe2}, {"fcntl", FcntlCall}, {"eventfd", Eventfd},
  };
  return Export(env, exports, instance, kFunctions);
}

}  // namespace rearm
