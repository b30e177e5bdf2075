#include <sys/epoll.h>

#include "arguments.h"
#include "event_array.h"
#include "frame.h"
#include "instance.h"
#include "kernel.h"

namespace rearm {
namespace {

// epollCreate1(flags)
napi_value EpollCreate1(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "epollCreate1");
  int flags;
  if (!args.Int(0, "flags", &flags)) return nullptr;
  return args.Result(epoll_create1(flags));
}

// epollCtl(epfd, op, fd, events, tokenLow, tokenHigh)
template <class Operands>
napi_value EpollCtl(napi_env env, napi_callback_info info) {
  Operands args(env, info, "epollCtl");
  int epfd, op, fd;
  uint32_t events = 0, low = 0, high = 0;
  if (!args.Int(0, "epfd", &epfd) || !args.Int(1, "op", &op) || !args.Int(2, "fd", &fd) ||
      // Left out it would be a registration that never fires; only DEL looks at no events.
      (!(op == EPOLL_CTL_DEL && args.IsUndefined(3)) && !args.Bits(3, "events", &events)) ||
      (!args.IsUndefined(4) && !args.Bits(4, "tokenLow", &low)) ||
      (!args.IsUndefined(5) && !args.Bits(5, "tokenHigh", &high))) {
    return nullptr;
  }
  // The two lanes lie in memory as low, high: JavaScript reads them as two uint32 of the event array.
  const uint32_t lanes[2] = {low, high};
  epoll_event event{};
  event.events = events;
  __builtin_memcpy(reinterpret_cast<uint8_t*>(&event) + offsetof(epoll_event, data), lanes,
                   sizeof lanes);
  return args.Result(epoll_ctl(epfd, op, fd, &event));
}

bool Events(Arguments& args, size_t index, EventArray* array) {
  Span span;
  if (!args.Memory(index, "events", &span)) return false;
  *array = EventArray(span);
  return true;
}

// epollWait(epfd, events, timeoutMs)
napi_value EpollWait(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "epollWait");
  int epfd, timeout;
  EventArray array;
  if (!args.Int(0, "epfd", &epfd) || !Events(args, 1, &array) || !args.Int(2, "timeoutMs", &timeout)) {
    return nullptr;
  }
  return args.Result(epoll_wait(epfd, array.events, array.capacity, timeout));
}

// epollPwait2(epfd, events, timeoutNs)
napi_value EpollPwait2(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "epollPwait2");
  int epfd;
  EventArray array;
  double timeout;
  if (!args.Int(0, "epfd", &epfd) || !Events(args, 1, &array) ||
      !args.Integer(2, "timeoutNs", -1, 9007199254740991.0, &timeout)) {
    return nullptr;
  }
  const int64_t nanoseconds = static_cast<int64_t>(timeout);
  const KernelTimespec spec = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  return args.Result(syscall(__NR_epoll_pwait2, epfd, array.events, array.capacity,
                             nanoseconds < 0 ? nullptr : &spec, nullptr, static_cast<size_t>(8)));
}

// epollSetParams(epfd, busyPollUsecs, busyPollBudget, preferBusyPoll)
napi_value EpollSetParams(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "epollSetParams");
  int epfd;
  double usecs, budget, prefer;
  if (!args.Int(0, "epfd", &epfd) || !args.Integer(1, "busyPollUsecs", 0, UINT32_MAX, &usecs) ||
      !args.Integer(2, "busyPollBudget", 0, UINT16_MAX, &budget) ||
      !args.Integer(3, "preferBusyPoll", 0, 1, &prefer)) {
    return nullptr;
  }
  EpollParams params{static_cast<uint32_t>(usecs), static_cast<uint16_t>(budget),
                     static_cast<uint8_t>(prefer), 0};
  return args.Result(ioctl(epfd, REARM_EPIOCSPARAMS, &params));
}

// epollGetParams(epfd, [busyPollUsecs, busyPollBudget, preferBusyPoll])
napi_value EpollGetParams(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "epollGetParams");
  int epfd;
  double* out;
  if (!args.Int(0, "epfd", &epfd) || !args.Doubles(1, "params", 3, &out)) return nullptr;
  EpollParams params{};
  const int result = ioctl(epfd, REARM_EPIOCGPARAMS, &params);
  if (result == 0) {
    out[0] = params.busy_poll_usecs;
    out[1] = params.busy_poll_budget;
    out[2] = params.prefer_busy_poll;
  }
  return args.Result(result);
}

}  // namespace

bool ExportEpoll(napi_env env, napi_value exports, Instance* instance) {
  static constexpr Function kFunctions[] = {
      {"epollCreate1", EpollCreate1},     {"epollCtl", EpollCtl<Arguments>},
      {"epollCtlFramed", EpollCtl<Frame>}, {"epollWait", EpollWait},
      {"epollPwait2", EpollPwait2},
      {"epollSetParams", EpollSetParams}, {"epollGetParams", EpollGetParams},
  };
  return Export(env, exports, instance, kFunctions);
}

}  // namespace rearm
