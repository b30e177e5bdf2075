#ifndef REARM_FRAME_H_
#define REARM_FRAME_H_

#include <errno.h>
#include <node_api.h>

#include <cmath>
#include <cstdint>

#include "buffers.h"
#include "checks.h"
#include "instance.h"
#include "operands.h"

namespace rearm {

// The arguments of a hot call. JavaScript has left them as doubles in memory that both sides know (Instance::frame,
// src/frame.ts), and reads the result there: to ask Node-API for each argument and to make a number of the result
// costs more than all the rest of a call but the kernel's part. The checks are those of Arguments, by the same names;
// NaN stands for an argument that was left out.
class Frame : public Operands<Frame> {
 public:
  static constexpr size_t kWords = Instance::kFrameWords;

  Frame(napi_env env, napi_callback_info info, const char* call) : env_(env), call_(call) {
    void* data = nullptr;
    napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
    instance_ = static_cast<Instance*>(data);
  }

  bool IsUndefined(size_t index) const { return std::isnan(instance_->frame[index]); }

  bool Integer(size_t index, const char* name, double least, double most, double* value) const {
    *value = instance_->frame[index];
    return IsInteger(*value, least, most) || ThrowNoInteger(env_, call_, name, least, most);
  }

  bool Slice(size_t index, Span* span) {
    Span whole;
    if (!instance_->buffers.Find(env_, instance_->frame[index], &whole)) {
      return ThrowRange(env_, call_, "buffer", kRegisteredBuffer);
    }
    return Cut(whole, index + 1, span);
  }

  napi_value Result(long value) const {
    instance_->frame[0] = static_cast<double>(value < 0 ? -errno : value);
    return nullptr;
  }

 private:
  napi_env env_;
  const char* call_;
  Instance* instance_;
};

// Defines what gives Instance::frame its memory.
bool ExportFrame(napi_env env, napi_value exports, Instance* instance);

}  // namespace rearm

#endif  // REARM_FRAME_H_
