#include "buffers.h"

namespace rearm {

double Buffers::Add(napi_env env, napi_value view) {
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  napi_value memory;
  if (napi_get_typedarray_info(env, view, &type, &length, &data, &memory, nullptr) != napi_ok) return 0;
  // A SharedArrayBuffer is no ArrayBuffer to Node-API. It is never detached and never shrinks, which saves
  // asking at every call.
  bool movable = true;
  if (napi_is_arraybuffer(env, memory, &movable) != napi_ok) return 0;
  napi_ref reference;
  if (napi_create_reference(env, view, 1, &reference) != napi_ok) return 0;
  const double id = slots_.Add(Buffer{static_cast<uint8_t*>(data), length, reference, movable});
  if (id == 0) napi_delete_reference(env, reference);
  return id;
}

bool Buffers::Find(napi_env env, double id, Span* span) {
  Buffer* buffer = slots_.Find(id);
  if (buffer == nullptr) return false;
  span->data = buffer->data;
  span->length = buffer->length;
  if (!buffer->movable) return true;
  // Transferred memory belongs to another owner, who may have freed it, and pages beyond a resized buffer's end
  // are gone. The view knows: its length is 0 when it is detached or out of bounds.
  napi_value view;
  void* data = nullptr;
  if (napi_get_reference_value(env, buffer->view, &view) != napi_ok || view == nullptr ||
      napi_get_typedarray_info(env, view, nullptr, &span->length, &data, nullptr, nullptr) != napi_ok) {
    return false;
  }
  span->data = static_cast<uint8_t*>(data);
  return span->length > 0;
}

void Buffers::Remove(napi_env env, double id) {
  Buffer* buffer = slots_.Find(id);
  if (buffer == nullptr) return;
  napi_delete_reference(env, buffer->view);
  slots_.Remove(id);
}

}  // namespace rearm
