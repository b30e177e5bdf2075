// The engine for runtimes without a usable libuv (Bun, Deno): a thread polls the epoll descriptor and
// rings the event loop through a thread-safe function; the batch is fetched on the loop's own thread.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>

#include "watcher.h"

// glibc 2.34 moved these into libc under a new version; the old one is there too, and loads everywhere.
#if defined(__GLIBC__) && !defined(REARM_NO_SYMVER)
#if defined(__x86_64__)
__asm__(".symver pthread_create,pthread_create@GLIBC_2.2.5");
__asm__(".symver pthread_join,pthread_join@GLIBC_2.2.5");
#elif defined(__aarch64__)
__asm__(".symver pthread_create,pthread_create@GLIBC_2.17");
__asm__(".symver pthread_join,pthread_join@GLIBC_2.17");
#elif defined(__arm__)
__asm__(".symver pthread_create,pthread_create@GLIBC_2.4");
__asm__(".symver pthread_join,pthread_join@GLIBC_2.4");
#endif
#endif

namespace rearm {
namespace {

class ThreadWatcher final : public Watcher {
 public:
  ThreadWatcher(napi_env env, Instance* instance, int epfd, double events)
      : Watcher(env, instance, epfd, events) {}

  // Returns 0 or an errno. On an error the descriptor stays the caller's and the object is freed.
  int Open(napi_value on_batch) {
    int error = ENOMEM;
    napi_value name;
    control_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (control_ < 0) {
      error = errno;
      delete this;
      return error;
    }
    if (napi_create_string_utf8(env_, "EPOLLWATCHER", NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_threadsafe_function(env_, on_batch, nullptr, name, 0, 1, nullptr, OnFinalized, this,
                                        OnRung, &ring_) != napi_ok) {
      close(control_);
      delete this;
      return error;
    }
    // From here on the function's finalizer frees the object.
    error = pthread_create(&thread_, nullptr, Run, this);
    if (error != 0) {
      closed_ = true;
      close(control_);
      napi_release_threadsafe_function(ring_, napi_tsfn_abort);
      return error;
    }
    napi_add_env_cleanup_hook(env_, OnTeardown, this);
    return 0;
  }

  void Ref() override { napi_ref_threadsafe_function(env_, ring_); }
  void Unref() override { napi_unref_threadsafe_function(env_, ring_); }

  int Reattach(int epfd) override {
    if (dup3(epfd, epfd_, O_CLOEXEC) < 0) return -errno;
    // The thread polls what the number meant before; rung, it looks anew.
    Tell();
    return 0;
  }

  void Close() override {
    if (closed_) return;
    napi_remove_env_cleanup_hook(env_, OnTeardown, this);
    Stop();
    napi_release_threadsafe_function(ring_, napi_tsfn_abort);
  }

 private:
  // Ends the thread before anything that it uses goes away.
  void Stop() {
    closed_ = true;
    Forget();
    stop_.store(true, std::memory_order_release);
    Tell();
    pthread_join(thread_, nullptr);
    close(control_);
    close(epfd_);
  }

  void Tell() {
    const uint64_t one = 1;
    // It can fail only when the counter is full, and then the thread is awake already.
    [[maybe_unused]] const ssize_t written = write(control_, &one, sizeof one);
  }

  // The thread: waits for readiness, rings once, waits for the batch to be taken, and so on.
  static void* Run(void* data) {
    auto* watcher = static_cast<ThreadWatcher*>(data);
    pollfd waits[2] = {{watcher->control_, POLLIN, 0}, {watcher->epfd_, POLLIN, 0}};
    bool rung = false;
    while (!watcher->stop_.load(std::memory_order_acquire)) {
      // While a ring is under way the epoll stays readable: polled too, it would spin.
      if (poll(waits, rung ? 1 : 2, -1) < 0) {
        if (errno == EINTR) continue;
        break;
      }
      if (waits[0].revents != 0) {
        uint64_t count;
        [[maybe_unused]] const ssize_t taken = read(watcher->control_, &count, sizeof count);
        rung = false;
      } else if (waits[1].revents != 0) {
        if (napi_call_threadsafe_function(watcher->ring_, nullptr, napi_tsfn_nonblocking) != napi_ok) break;
        rung = true;
      }
    }
    return nullptr;
  }

  // On the event loop's thread.
  static void OnRung(napi_env env, napi_value on_batch, void* context, void*) {
    auto* watcher = static_cast<ThreadWatcher*>(context);
    if (env == nullptr || watcher->closed_) return;
    const int count = watcher->Wait(watcher->Capacity());
    if (count != 0) {
      napi_value receiver, argument, result;
      if (napi_get_undefined(env, &receiver) == napi_ok &&
          napi_create_int32(env, count, &argument) == napi_ok) {
        watcher->Report(napi_call_function(env, receiver, on_batch, 1, &argument, &result));
      }
    }
    // The handler may have closed the watcher, whose control descriptor is then somebody else's.
    if (!watcher->closed_) watcher->Tell();
  }

  static void OnTeardown(void* data) {
    auto* watcher = static_cast<ThreadWatcher*>(data);
    if (!watcher->closed_) watcher->Stop();
  }

  static void OnFinalized(napi_env env, void*, void* context) {
    auto* watcher = static_cast<ThreadWatcher*>(context);
    if (!watcher->closed_) {
      // A runtime may finalize the function without having run the hook, which must not find it freed later.
      napi_remove_env_cleanup_hook(env, OnTeardown, watcher);
      watcher->Stop();
    }
    delete watcher;
  }

  napi_threadsafe_function ring_ = nullptr;
  pthread_t thread_{};
  int control_ = -1;
  bool closed_ = false;  // touched by the event loop's thread only
  std::atomic<bool> stop_{false};
};

}  // namespace

Watcher* OpenThreadWatcher(napi_env env, Instance* instance, int epfd, double events,
                           napi_value on_batch, int* error) {
  auto* watcher = new ThreadWatcher(env, instance, epfd, events);
  *error = watcher->Open(on_batch);
  return *error == 0 ? watcher : nullptr;
}

}  // namespace rearm
