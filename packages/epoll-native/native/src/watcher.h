#ifndef REARM_WATCHER_H_
#define REARM_WATCHER_H_

#include <node_api.h>

#include "buffers.h"
#include "instance.h"

namespace rearm {

// Whether the runtime has libuv's uv_poll_* (its symbols at least: Bun has stubs that abort, so
// JavaScript chooses the engine by what the runtime is).
bool HasUvPoll();

// Watches one epoll instance from a thread's own event loop and enters JavaScript once per batch.
//
// It polls a duplicate of the epoll descriptor, which nobody else knows: a user who closes the original
// under it can neither make libuv abort on a bad descriptor nor point it at a recycled number.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual void Ref() = 0;
  virtual void Unref() = 0;
  // Watches another epoll instance from now on. Returns 0 or -errno, then nothing has changed.
  virtual int Reattach(int epfd) = 0;
  // Ends it: no batch is delivered any more. The object frees itself once nothing refers to it.
  virtual void Close() = 0;

  void set_name(double name) { name_ = name; }

 protected:
  Watcher(napi_env env, Instance* instance, int epfd, double events)
      : env_(env), instance_(instance), epfd_(epfd), events_(events) {}

  // How many events fit into the array; 0 when it was released.
  int Capacity();
  // Fetches what is ready now, at most `most` events. Returns the count, 0, or -errno.
  int Wait(int most);
  // After a call into JavaScript: its exception becomes an uncaught one, as of any callback. Left pending,
  // Node would swallow it with a warning (DEP0168).
  void Report(napi_status status);
  // Takes the watcher out of the instance's table.
  void Forget() { instance_->watchers.Remove(name_); }

  napi_env env_;
  Instance* instance_;
  int epfd_;       // the duplicate
  double events_;  // the id of the registered event array
  double name_ = 0;
};

// dup(2), CLOEXEC.
int Duplicate(int fd);

// Each takes `epfd`, the duplicate, over. They return nullptr, with *error set to an errno, when the
// watcher cannot be made; `epfd` is then still the caller's.
Watcher* OpenUvWatcher(napi_env env, Instance* instance, int epfd, double events, napi_value on_batch,
                       int* error);
Watcher* OpenThreadWatcher(napi_env env, Instance* instance, int epfd, double events,
                           napi_value on_batch, int* error);

}  // namespace rearm

#endif  // REARM_WATCHER_H_
