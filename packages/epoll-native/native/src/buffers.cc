#include "buffers.h"

namespace rearm {

double Buffers::Add(napi_env env, napi_value view) {
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  napi_value memory;
  if (napi_get_typedarray_info(env, view, &type, &length, &data, &memory, nullptr) != napi_ok) return 0;
  // A SharedArrayBuffer is no ArrayBuffer to Node-API; it cannot be detached, which saves the check per call.
  bool detachable = true;
  if (napi_is_arraybuffer(env, memory, &detachable) != napi_ok) return 0;
  napi_ref reference;
  if (napi_create_reference(env, memory, 1, &reference) != napi_ok) return 0;
  const double id = slots_.Add(Buffer{static_cast<uint8_t*>(data), length, reference, detachable});
  if (id == 0) napi_delete_reference(env, reference);
  return id;
}

bool Buffers::Find(napi_env env, double id, Span* span) {
  Buffer* buffer = slots_.Find(id);
  if (buffer == nullptr) return false;
  if (buffer->detachable) {
    // Transferred memory belongs to another owner, who may have freed it.
    napi_value memory;
    bool detached = true;
    if (napi_get_reference_value(env, buffer->memory, &memory) != napi_ok || memory == nullptr ||
        napi_is_detached_arraybuffer(env, memory, &detached) != napi_ok || detached) {
      return false;
    }
  }
  span->data = buffer->data;
  span->length = buffer->length;
  return true;
}

void Buffers::Remove(napi_env env, double id) {
  Buffer* buffer = slots_.Find(id);
  if (buffer == nullptr) return;
  napi_delete_reference(env, buffer->memory);
  slots_.Remove(id);
}

}  // namespace rearm
