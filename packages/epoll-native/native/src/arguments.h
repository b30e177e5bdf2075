#ifndef REARM_ARGUMENTS_H_
#define REARM_ARGUMENTS_H_

#include <node_api.h>

#include <cstddef>
#include <cstdint>

#include "buffers.h"
#include "instance.h"
#include "operands.h"

namespace rearm {

// The arguments of one call from JavaScript, each taken with its checks.
// A reader that returns false has thrown a TypeError or RangeError that names the call and the
// argument; the caller then returns nullptr at once. No reader runs JavaScript (no valueOf, no getter),
// so memory found by one cannot be detached before the system call.
class Arguments : public Operands<Arguments> {
 public:
  static constexpr size_t kMost = 10;

  Arguments(napi_env env, napi_callback_info info, const char* call) : env_(env), call_(call) {
    size_t count = kMost;
    void* data = nullptr;
    // Arguments that were not passed are filled with undefined.
    napi_get_cb_info(env, info, &count, argv_, nullptr, &data);
    instance_ = static_cast<Instance*>(data);
  }

  napi_env env() const { return env_; }
  Instance& instance() const { return *instance_; }
  napi_value operator[](size_t index) const { return argv_[index]; }
  bool IsUndefined(size_t index) const;

  // An integer from `least` to `most`; both are exact in a double.
  bool Integer(size_t index, const char* name, double least, double most, double* value);

  // A registered buffer's number or a Uint8Array, whole.
  bool Memory(size_t index, const char* name, Span* span);
  // buffer, offset, length at three arguments in a row; undefined: from 0, up to the end.
  bool Slice(size_t index, Span* span);
  // A Uint8Array that is used whole and holds at least `least` bytes.
  bool Bytes(size_t index, const char* name, size_t least, Span* span);
  // An Int32Array of at least `least` elements, used for numbers going either way.
  bool Ints(size_t index, const char* name, size_t least, int32_t** data, size_t* length);
  // A Float64Array of at least `least` elements.
  bool Doubles(size_t index, const char* name, size_t least, double** data);

  // Whether `value` is a typed array of `type`; then where its elements are, and how many.
  static bool Elements(napi_env env, napi_value value, napi_typedarray_type type, void** data,
                       size_t* length);

  // Whether a typed array of length 0 is one. Over memory that was transferred away, or outside of its shrunk buffer, it
  // has that length too, and a read into it would look like the end of the stream.
  bool IsInPlace(napi_value array) const;
  static constexpr const char* kMemoryInPlace = "over memory that was not transferred or cut away";

  // What the call returns: the kernel's value, or -errno.
  napi_value Result(long value) const;
  napi_value Number(double value) const;

  bool ThrowType(const char* name, const char* expected) const;
  bool ThrowRange(const char* name, const char* expected) const;

 private:
  bool TypedArray(size_t index, const char* name, napi_typedarray_type type, const char* expected,
                  size_t least, void** data, size_t* length);

  napi_env env_;
  const char* call_;
  Instance* instance_;
  napi_value argv_[kMost];
};

}  // namespace rearm

#endif  // REARM_ARGUMENTS_H_
