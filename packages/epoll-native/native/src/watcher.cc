#include "watcher.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "arguments.h"
#include "event_array.h"
#include "kernel.h"

namespace rearm {

int Watcher::Capacity() {
  Span span;
  return instance_->buffers.Find(env_, events_, &span) ? EventArray(span).capacity : 0;
}

int Watcher::Wait(int most) {
  Span span;
  // Asked anew each time: the array may have been released or transferred since the last batch.
  if (!instance_->buffers.Find(env_, events_, &span)) return -EFAULT;
  const EventArray array(span);
  const int count = epoll_wait(epfd_, array.events, array.capacity < most ? array.capacity : most, 0);
  if (count >= 0) return count;
  return errno == EINTR ? 0 : -errno;
}

void Watcher::Report(napi_status status) {
  if (status != napi_pending_exception) return;
  napi_value error;
  if (napi_get_and_clear_last_exception(env_, &error) == napi_ok) napi_fatal_exception(env_, error);
}

int Duplicate(int fd) { return static_cast<int>(Fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

namespace {

constexpr double kUv = 0;
constexpr double kThread = 1;

// Fails with EBADF or EINVAL unless `epfd` is an epoll instance. An eventfd with no interest never
// fires, so nobody who waits there notices; epoll_wait(2) itself would take events away.
int CheckEpoll(int epfd) {
  const int probe = eventfd(0, EFD_CLOEXEC);
  if (probe < 0) return -1;
  epoll_event event{};
  int result = epoll_ctl(epfd, EPOLL_CTL_ADD, probe, &event);
  const int error = errno;
  if (result == 0) epoll_ctl(epfd, EPOLL_CTL_DEL, probe, &event);
  close(probe);
  errno = error;
  return result;
}

// watcherOpen(epfd, events id, engine, onBatch) → the watcher's number, or -errno
napi_value WatcherOpen(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "EpollWatcher");
  int epfd;
  Span span;
  double events, engine;
  napi_valuetype type = napi_undefined;
  if (!args.Int(0, "epfd", &epfd) || !args.Integer(1, "events", 0, 9007199254740991.0, &events) ||
      !args.Memory(1, "events", &span) || !args.Integer(2, "engine", kUv, kThread, &engine)) {
    return nullptr;
  }
  napi_typeof(env, args[3], &type);
  if (type != napi_function) {
    args.ThrowType("onBatch", "a function");
    return nullptr;
  }
  if (CheckEpoll(epfd) < 0) return args.Result(-1);
  const int duplicate = Duplicate(epfd);
  if (duplicate < 0) return args.Result(-1);

  int error = 0;
  Instance* instance = &args.instance();
  Watcher* watcher = engine == kUv
                         ? OpenUvWatcher(env, instance, duplicate, events, args[3], &error)
                         : OpenThreadWatcher(env, instance, duplicate, events, args[3], &error);
  if (watcher == nullptr) {
    close(duplicate);
    errno = error;
    return args.Result(-1);
  }
  const double name = instance->watchers.Add(watcher);
  if (name == 0) {
    watcher->Close();
    errno = EMFILE;
    return args.Result(-1);
  }
  watcher->set_name(name);
  return args.Number(name);
}

bool TakeWatcher(Arguments& args, Watcher** watcher) {
  double name;
  if (!args.Integer(0, "watcher", 0, 9007199254740991.0, &name)) return false;
  Watcher** found = args.instance().watchers.Find(name);
  if (found == nullptr) return args.ThrowRange("watcher", "an open watcher");
  *watcher = *found;
  return true;
}

// watcherRef(watcher)
napi_value WatcherRef(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "EpollWatcher.ref");
  Watcher* watcher;
  if (TakeWatcher(args, &watcher)) watcher->Ref();
  return nullptr;
}

// watcherUnref(watcher)
napi_value WatcherUnref(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "EpollWatcher.unref");
  Watcher* watcher;
  if (TakeWatcher(args, &watcher)) watcher->Unref();
  return nullptr;
}

// watcherReattach(watcher, epfd) → 0 or -errno
napi_value WatcherReattach(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "EpollWatcher.reattach");
  Watcher* watcher;
  int epfd;
  if (!TakeWatcher(args, &watcher) || !args.Int(1, "epfd", &epfd)) return nullptr;
  if (CheckEpoll(epfd) < 0) return args.Result(-1);
  const int result = watcher->Reattach(epfd);
  errno = -result;
  return args.Result(result);
}

// watcherClose(watcher)
napi_value WatcherClose(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "EpollWatcher.close");
  Watcher* watcher;
  if (TakeWatcher(args, &watcher)) watcher->Close();
  return nullptr;
}

}  // namespace

bool ExportWatcher(napi_env env, napi_value exports, Instance* instance) {
  static constexpr Function kFunctions[] = {
      {"watcherOpen", WatcherOpen},         {"watcherRef", WatcherRef},
      {"watcherUnref", WatcherUnref},       {"watcherReattach", WatcherReattach},
      {"watcherClose", WatcherClose},
  };
  return Export(env, exports, instance, kFunctions);
}

}  // namespace rearm
