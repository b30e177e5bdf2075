#include "arguments.h"
#include "instance.h"
#include "kernel.h"

namespace rearm {
namespace {

// Where a 32-bit libc keeps a 32-bit time_t, the kernel has calls of its own for 64 bits.
#ifdef __NR_timerfd_settime64
constexpr long kSettime = __NR_timerfd_settime64;
constexpr long kGettime = __NR_timerfd_gettime64;
#else
constexpr long kSettime = __NR_timerfd_settime;
constexpr long kGettime = __NR_timerfd_gettime;
#endif

// timerfdCreate(clock, flags)
napi_value TimerfdCreate(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "timerfdCreate");
  int clock, flags;
  if (!args.Int(0, "clock", &clock) || !args.Int(1, "flags", &flags)) return nullptr;
  return args.Result(syscall(__NR_timerfd_create, clock, flags));
}

// timerfdSettime(fd, flags, valueSeconds, valueNanoseconds, intervalSeconds, intervalNanoseconds)
napi_value TimerfdSettime(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "timerfdSettime");
  constexpr double kMost = 9007199254740991.0;
  int fd, flags;
  double seconds, nanoseconds, interval_seconds, interval_nanoseconds;
  if (!args.Int(0, "fd", &fd) || !args.Int(1, "flags", &flags) ||
      !args.Integer(2, "valueSeconds", 0, kMost, &seconds) ||
      !args.Integer(3, "valueNanoseconds", 0, 999999999, &nanoseconds) ||
      !args.Integer(4, "intervalSeconds", 0, kMost, &interval_seconds) ||
      !args.Integer(5, "intervalNanoseconds", 0, 999999999, &interval_nanoseconds)) {
    return nullptr;
  }
  const KernelItimerspec spec = {
      {static_cast<int64_t>(interval_seconds), static_cast<int64_t>(interval_nanoseconds)},
      {static_cast<int64_t>(seconds), static_cast<int64_t>(nanoseconds)}};
  return args.Result(syscall(kSettime, fd, flags, &spec, nullptr));
}

// timerfdGettime(fd, [valueSeconds, valueNanoseconds, intervalSeconds, intervalNanoseconds])
napi_value TimerfdGettime(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "timerfdGettime");
  int fd;
  double* out;
  if (!args.Int(0, "fd", &fd) || !args.Doubles(1, "setting", 4, &out)) return nullptr;
  KernelItimerspec spec{};
  const long result = syscall(kGettime, fd, &spec);
  if (result == 0) {
    out[0] = static_cast<double>(spec.value.seconds);
    out[1] = static_cast<double>(spec.value.nanoseconds);
    out[2] = static_cast<double>(spec.interval.seconds);
    out[3] = static_cast<double>(spec.interval.nanoseconds);
  }
  return args.Result(result);
}

}  // namespace

bool ExportTimer(napi_env env, napi_value exports, Instance* instance) {
  static constexpr Function kFunctions[] = {
      {"timerfdCreate", TimerfdCreate},
      {"timerfdSettime", TimerfdSettime},
      {"timerfdGettime", TimerfdGettime},
  };
  return Export(env, exports, instance, kFunctions);
}

}  // namespace rearm
