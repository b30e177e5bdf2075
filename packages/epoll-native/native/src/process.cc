#include <signal.h>
#include <sys/wait.h>

#include "arguments.h"
#include "instance.h"
#include "kernel.h"

namespace rearm {
namespace {

// pidfdOpen(pid, flags): CLOEXEC by the kernel's own rule
napi_value PidfdOpen(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "pidfdOpen");
  int pid;
  uint32_t flags;
  if (!args.Int(0, "pid", &pid) || !args.Bits(1, "flags", &flags)) return nullptr;
  return args.Result(syscall(__NR_pidfd_open, pid, flags));
}

// pidfdSendSignal(pidfd, signal)
napi_value PidfdSendSignal(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "pidfdSendSignal");
  int pidfd, signal;
  if (!args.Int(0, "pidfd", &pidfd) || !args.Int(1, "signal", &signal)) return nullptr;
  return args.Result(syscall(__NR_pidfd_send_signal, pidfd, signal, nullptr, 0u));
}

// waitid(pidfd, options, [pid, code, status]): P_PIDFD only
napi_value Waitid(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "waitid");
  constexpr int kPidfd = 3;  // P_PIDFD, newer than the oldest supported headers
  int pidfd, options;
  int32_t* out;
  size_t length;
  if (!args.Int(0, "pidfd", &pidfd) || !args.Int(1, "options", &options) ||
      !args.Ints(2, "status", 3, &out, &length)) {
    return nullptr;
  }
  // Zeroed, because with WNOHANG and nothing to report the kernel says so by leaving pid 0.
  siginfo_t status{};
  const int result = waitid(static_cast<idtype_t>(kPidfd), static_cast<id_t>(pidfd), &status, options);
  if (result == 0) {
    out[0] = status.si_pid;
    out[1] = status.si_code;
    out[2] = status.si_status;
  }
  return args.Result(result);
}

}  // namespace

bool ExportProcess(napi_env env, napi_value exports, Instance* instance) {
  static constexpr Function kFunctions[] = {
      {"pidfdOpen", PidfdOpen},
      {"pidfdSendSignal", PidfdSendSignal},
      {"waitid", Waitid},
  };
  return Export(env, exports, instance, kFunctions);
}

}  // namespace rearm
