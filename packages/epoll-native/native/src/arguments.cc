#include "arguments.h"

#include <errno.h>
#include <stdio.h>

#include "checks.h"

namespace rearm {

bool Arguments::IsUndefined(size_t index) const {
  napi_valuetype type = napi_undefined;
  napi_typeof(env_, argv_[index], &type);
  return type == napi_undefined;
}

bool Arguments::Integer(size_t index, const char* name, double least, double most, double* value) {
  double number;
  if (napi_get_value_double(env_, argv_[index], &number) != napi_ok) {
    return ThrowType(name, "an integer");
  }
  if (!IsInteger(number, least, most)) return ThrowNoInteger(env_, call_, name, least, most);
  *value = number;
  return true;
}

bool Arguments::Elements(napi_env env, napi_value value, napi_typedarray_type type, void** data,
                         size_t* length) {
  bool is_typed_array = false;
  napi_is_typedarray(env, value, &is_typed_array);
  napi_typedarray_type actual;
  return is_typed_array &&
         napi_get_typedarray_info(env, value, &actual, length, data, nullptr, nullptr) == napi_ok &&
         actual == type;
}

bool Arguments::IsInPlace(napi_value array) const {
  // Node-API does not tell. The engine's own function does, by throwing, and runs no code of the program.
  napi_value keys;
  napi_value ignored;
  if (napi_get_reference_value(env_, instance_->array_keys, &keys) != napi_ok) return false;
  if (napi_call_function(env_, array, keys, 0, nullptr, &ignored) == napi_ok) return true;
  napi_get_and_clear_last_exception(env_, &ignored);
  return false;
}

bool Arguments::TypedArray(size_t index, const char* name, napi_typedarray_type type,
                           const char* expected, size_t least, void** data, size_t* length) {
  if (!Elements(env_, argv_[index], type, data, length)) return ThrowType(name, expected);
  if (*length == 0 && !IsInPlace(argv_[index])) return ThrowRange(name, kMemoryInPlace);
  if (*length < least) {
    char wanted[96];
    snprintf(wanted, sizeof wanted, "%s of at least %zu elements", expected, least);
    return ThrowRange(name, wanted);
  }
  return true;
}

bool Arguments::Memory(size_t index, const char* name, Span* span) {
  double id;
  if (napi_get_value_double(env_, argv_[index], &id) == napi_ok) {
    if (instance_->buffers.Find(env_, id, span)) return true;
    return ThrowRange(name, kRegisteredBuffer);
  }
  void* data = nullptr;
  if (!TypedArray(index, name, napi_uint8_array, "the id of an IoBuffer, or a Uint8Array", 0, &data,
                  &span->length)) {
    return false;
  }
  span->data = static_cast<uint8_t*>(data);
  return true;
}

bool Arguments::Slice(size_t index, Span* span) {
  Span whole;
  return Memory(index, "buffer", &whole) && Cut(whole, index + 1, span);
}

bool Arguments::Bytes(size_t index, const char* name, size_t least, Span* span) {
  void* data = nullptr;
  if (!TypedArray(index, name, napi_uint8_array, "a Uint8Array", least, &data, &span->length)) {
    return false;
  }
  span->data = static_cast<uint8_t*>(data);
  return true;
}

bool Arguments::Ints(size_t index, const char* name, size_t least, int32_t** data, size_t* length) {
  void* memory = nullptr;
  if (!TypedArray(index, name, napi_int32_array, "an Int32Array", least, &memory, length)) return false;
  *data = static_cast<int32_t*>(memory);
  return true;
}

bool Arguments::Doubles(size_t index, const char* name, size_t least, double** data) {
  void* memory = nullptr;
  size_t length = 0;
  if (!TypedArray(index, name, napi_float64_array, "a Float64Array", least, &memory, &length)) {
    return false;
  }
  *data = static_cast<double*>(memory);
  return true;
}

napi_value Arguments::Result(long value) const {
  // errno is read before any other call could change it.
  const int32_t result = static_cast<int32_t>(value < 0 ? -errno : value);
  napi_value number;
  return napi_create_int32(env_, result, &number) == napi_ok ? number : nullptr;
}

napi_value Arguments::Number(double value) const {
  napi_value number;
  return napi_create_double(env_, value, &number) == napi_ok ? number : nullptr;
}

bool Arguments::ThrowType(const char* name, const char* expected) const {
  return rearm::ThrowType(env_, call_, name, expected);
}

bool Arguments::ThrowRange(const char* name, const char* expected) const {
  return rearm::ThrowRange(env_, call_, name, expected);
}

}  // namespace rearm
