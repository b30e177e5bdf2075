#ifndef REARM_BUFFERS_H_
#define REARM_BUFFERS_H_

#include <node_api.h>

#include <cstddef>
#include <cstdint>

#include "slots.h"

namespace rearm {

// Memory of JavaScript's that a system call may touch now, and only during this call into the addon.
struct Span {
  uint8_t* data = nullptr;
  size_t length = 0;
};

// The I/O buffers that JavaScript has registered, so that a hot call names its memory by a number.
class Buffers {
 public:
  // Registers a Uint8Array over an ArrayBuffer or SharedArrayBuffer.
  // Returns its number, or 0 when there is no room.
  double Add(napi_env env, napi_value view);
  // Finds a registered buffer. False: no such number, or its memory is gone (detached, resized).
  bool Find(napi_env env, double id, Span* span);
  // Forgets a buffer. An unknown number is ignored.
  void Remove(napi_env env, double id);
  // Forgets them all, when the environment ends: it does not free references that are the addon's.
  void Clear(napi_env env);

 private:
  struct Buffer {
    uint8_t* data;
    size_t length;
    napi_ref view;
    bool movable;
  };
  Slots<Buffer> slots_;
};

}  // namespace rearm

#endif  // REARM_BUFFERS_H_
