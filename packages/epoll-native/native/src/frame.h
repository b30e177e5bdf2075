#ifndef REARM_FRAME_H_
#define REARM_FRAME_H_

#include <errno.h>
#include <napi.h>

#include <cmath>
#include <cstdint>

#include "buffers.h"
#include "checks.h"
#include "instance.h"

namespace rearm {

// The arguments of a hot call. JavaScript has left them as doubles in memory that both sides know (Instance::frame,
// src/frame.ts), and reads the result there: to ask Node-API for each argument and to make a number of the result
// costs more than all the rest of a call but the kernel's part. The checks are those of Arguments, by the same names;
// NaN stands for an argument that was left out.
class Frame {
 public:
  static constexpr size_t kWords = Instance::kFrameWords;

  Frame(napi_env env, napi_callback_info info, const char* call) : env_(env), call_(call) {
    void* data = nullptr;
    napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
    instance_ = static_cast<Instance*>(data);
  }

  bool IsUndefined(size_t index) const { return std::isnan(instance_->frame[index]); }

  bool Int(size_t index, const char* name, int* value) const {
    double number;
    if (!Integer(index, name, INT32_MIN, INT32_MAX, &number)) return false;
    *value = static_cast<int>(number);
    return true;
  }

  bool Bits(size_t index, const char* name, uint32_t* value) const {
    double number;
    if (!Integer(index, name, INT32_MIN, UINT32_MAX, &number)) return false;
    *value = static_cast<uint32_t>(static_cast<int64_t>(number));
    return true;
  }

  bool Slice(size_t index, Span* span) const {
    Span whole;
    if (!instance_->buffers.Find(env_, instance_->frame[index], &whole)) {
      return ThrowRange(env_, call_, "buffer", kRegisteredBuffer);
    }
    double offset = 0;
    if (!IsUndefined(index + 1) &&
        !Integer(index + 1, "offset", 0, static_cast<double>(whole.length), &offset)) {
      return false;
    }
    const size_t start = static_cast<size_t>(offset);
    double length = static_cast<double>(whole.length - start);
    if (!IsUndefined(index + 2) && !Integer(index + 2, "length", 0, length, &length)) return false;
    span->data = whole.data + start;
    span->length = static_cast<size_t>(length);
    return true;
  }

  napi_value Result(long value) const {
    instance_->frame[0] = static_cast<double>(value < 0 ? -errno : value);
    return nullptr;
  }

 private:
  bool Integer(size_t index, const char* name, double least, double most, double* value) const {
    *value = instance_->frame[index];
    return IsInteger(*value, least, most) || ThrowNoInteger(env_, call_, name, least, most);
  }

  napi_env env_;
  const char* call_;
  Instance* instance_;
};

// Defines what gives Instance::frame its memory.
bool ExportFrame(napi_env env, napi_value exports, Instance* instance);

}  // namespace rearm

#endif  // REARM_FRAME_H_
