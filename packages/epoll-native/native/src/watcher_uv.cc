// The engine for Node: a uv_poll_t on the epoll descriptor, so that a batch is one turn of libuv's loop.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

#include "watcher.h"

// Weak: where a runtime lacks one of them the addon still loads, and everything else works.
#pragma weak uv_poll_init
#pragma weak uv_poll_start
#pragma weak uv_poll_stop
#pragma weak uv_close
#pragma weak uv_ref
#pragma weak uv_unref
#pragma weak uv_handle_size
#pragma weak uv_backend_fd
#pragma weak napi_get_uv_event_loop

namespace rearm {
namespace {

constexpr int kMostBatches = 16;
constexpr int kFewEvents = 4;

// Whether to ask the kernel once more in the same turn after a small batch. Mostly the loop keeps up, there is nothing,
// and asking costs a call; but a descriptor that its handler does not drain at once stays ready, batch after batch.
// So it asks less and less often while that finds nothing.
class SmallBatches {
 public:
  bool WorthAsking() {
    if (left_ == 0) return true;
    left_--;
    return false;
  }
  void Learn(bool found) {
    pause_ = found ? 0 : pause_ < kLongestPause ? 2 * pause_ + 1 : kLongestPause;
    left_ = pause_;
  }

 private:
  static constexpr uint32_t kLongestPause = 63;
  uint32_t pause_ = 0;
  uint32_t left_ = 0;
};

class UvWatcher final : public Watcher {
 public:
  UvWatcher(napi_env env, Instance* instance, int epfd, double events)
      : Watcher(env, instance, epfd, events) {}

  // Returns 0 or an errno. On an error the descriptor stays the caller's, and the object is freed: here,
  // or when libuv lets go of it.
  int Open(napi_value on_batch) {
    uv_loop_t* loop = nullptr;
    // Sized by the running libuv, which may be newer than the headers.
    poll_ = static_cast<uv_poll_t*>(calloc(1, uv_handle_size(UV_POLL)));
    napi_value name;
    if (poll_ == nullptr || napi_get_uv_event_loop(env_, &loop) != napi_ok ||
        napi_create_string_utf8(env_, "EPOLLWATCHER", NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_reference(env_, on_batch, 1, &on_batch_) != napi_ok ||
        napi_async_init(env_, nullptr, name, &context_) != napi_ok ||
        napi_add_async_cleanup_hook(env_, OnTeardown, this, &hook_) != napi_ok) {
      Release();
      return ENOMEM;
    }
    poll_->data = this;
    int error = uv_poll_init(loop, poll_, epfd_);
    if (error < 0) {
      Release();
      return -error;
    }
    error = Start();
    if (error < 0) {
      // The handle is in the loop already: it must leave through uv_close, which frees the rest.
      epfd_owned_ = false;
      Close();
      return -error;
    }
    return 0;
  }

  void Ref() override { uv_ref(handle()); }
  void Unref() override { uv_unref(handle()); }

  int Reattach(int epfd) override {
    const int before = Duplicate(epfd_);
    if (before < 0) return -errno;
    // libuv keeps a registration per number and description: it is taken out before the number changes
    // its meaning, or the old epoll would stay registered as a ghost.
    uv_poll_stop(poll_);
    int result = dup3(epfd, epfd_, O_CLOEXEC) < 0 ? -errno : 0;
    if (result == 0) result = Start();
    if (result < 0) {
      // The loop had room for the old one a moment ago.
      dup3(before, epfd_, O_CLOEXEC);
      Start();
    }
    close(before);
    return result;
  }

  void Close() override {
    if (closing_) return;
    closing_ = true;
    Forget();
    // First uv_close, which deregisters: a number closed before could be another thread's by then.
    uv_close(handle(), OnClosed);
    if (epfd_owned_) close(epfd_);
  }

 private:
  // Starts polling, and registers the descriptor in the loop's own epoll now. libuv would do that in the
  // next turn, and abort the process when it fails: as it does when the user's epoll has come to watch so
  // many others by then that it is nested too deep (ELOOP), or when the user's watches are used up
  // (ENOSPC). libuv takes a descriptor that is registered already (EEXIST) as it is, and so these
  // errors are the caller's: ours here, or the user's when he nests further.
  int Start() {
    const int error = uv_poll_start(poll_, UV_READABLE, OnReadable);
    if (error < 0) return error;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = epfd_;
    if (epoll_ctl(uv_backend_fd(poll_->loop), EPOLL_CTL_ADD, epfd_, &event) == 0) return 0;
    const int failure = errno;
    uv_poll_stop(poll_);
    return -failure;
  }

  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(poll_); }

  static void OnReadable(uv_poll_t* poll, int status, int) {
    static_cast<UvWatcher*>(poll->data)->Deliver(status);
  }

  // Under load the next batch is there when one is dealt with, and a turn of the loop in between costs more than
  // fetching it. A turn still brings no more events than the array holds, as one full batch would, so that everything
  // else on the loop waits no longer.
  void Deliver(int status) {
    napi_handle_scope scope;
    // A handler that turns the loop itself, as some addons do, has its batch still in the array.
    if (delivering_ || napi_open_handle_scope(env_, &scope) != napi_ok) return;
    delivering_ = true;
    napi_value on_batch, receiver;
    if (napi_get_reference_value(env_, on_batch_, &on_batch) == napi_ok &&
        napi_get_global(env_, &receiver) == napi_ok) {
      if (status < 0) Enter(receiver, on_batch, status);
      else Batches(receiver, on_batch);
    }
    napi_close_handle_scope(env_, scope);
    delivering_ = false;
    if (closed_) Release();
  }

  void Batches(napi_value receiver, napi_value on_batch) {
    int room = Capacity();
    bool few = false;
    for (int batch = 0; batch < kMostBatches; batch++) {
      const int count = Wait(room);
      if (few) small_batches_.Learn(count != 0);
      if (count == 0 || !Enter(receiver, on_batch, count) || closing_) break;
      room -= count;
      if (room <= 0) break;
      few = count < kFewEvents;
      if (few && !small_batches_.WorthAsking()) break;
    }
  }

  // Raw napi_make_callback: node-addon-api's wrapper aborts the process when a worker is being
  // terminated inside the callback. False when the handler did not return, or wants no more in this turn.
  bool Enter(napi_value receiver, napi_value on_batch, int count) {
    napi_value argument, result;
    if (napi_create_int32(env_, count, &argument) != napi_ok) return false;
    const napi_status status =
        napi_make_callback(env_, context_, receiver, on_batch, 1, &argument, &result);
    Report(status);
    bool more = true;
    return status == napi_ok && (napi_get_value_bool(env_, result, &more) != napi_ok || more);
  }

  static void OnTeardown(napi_async_cleanup_hook_handle, void* data) {
    static_cast<UvWatcher*>(data)->Close();
  }

  static void OnClosed(uv_handle_t* handle) {
    auto* watcher = static_cast<UvWatcher*>(handle->data);
    watcher->closed_ = true;
    if (!watcher->delivering_) watcher->Release();
  }

  void Release() {
    napi_handle_scope scope;
    const bool scoped = napi_open_handle_scope(env_, &scope) == napi_ok;
    if (context_ != nullptr) napi_async_destroy(env_, context_);
    if (on_batch_ != nullptr) napi_delete_reference(env_, on_batch_);
    if (scoped) napi_close_handle_scope(env_, scope);
    free(poll_);
    // Last: in a teardown the environment lives on only until the hook is removed.
    if (hook_ != nullptr) napi_remove_async_cleanup_hook(hook_);
    delete this;
  }

  uv_poll_t* poll_ = nullptr;
  napi_ref on_batch_ = nullptr;
  napi_async_context context_ = nullptr;
  napi_async_cleanup_hook_handle hook_ = nullptr;
  SmallBatches small_batches_;
  bool delivering_ = false;
  bool closing_ = false;
  bool closed_ = false;
  bool epfd_owned_ = true;
};

}  // namespace

bool HasUvPoll() {
  return &uv_poll_init != nullptr && &uv_poll_start != nullptr && &uv_poll_stop != nullptr &&
         &uv_close != nullptr && &uv_ref != nullptr && &uv_unref != nullptr &&
         &uv_handle_size != nullptr && &uv_backend_fd != nullptr && &napi_get_uv_event_loop != nullptr;
}

Watcher* OpenUvWatcher(napi_env env, Instance* instance, int epfd, double events, napi_value on_batch,
                       int* error) {
  if (!HasUvPoll()) {
    *error = ENOTSUP;
    return nullptr;
  }
  auto* watcher = new UvWatcher(env, instance, epfd, events);
  *error = watcher->Open(on_batch);
  return *error == 0 ? watcher : nullptr;
}

}  // namespace rearm
