#include "frame.h"

namespace rearm {

bool ExportFrame(napi_env env, napi_value exports, Instance* instance) {
  napi_value memory, words;
  void* data = nullptr;
  if (napi_create_arraybuffer(env, Frame::kWords * sizeof(double), &data, &memory) != napi_ok ||
      napi_create_typedarray(env, napi_float64_array, Frame::kWords, memory, 0, &words) != napi_ok ||
      napi_create_reference(env, words, 1, &instance->frame_words) != napi_ok) {
    return false;
  }
  instance->frame = static_cast<double*>(data);
  return napi_set_named_property(env, exports, "frame", words) == napi_ok;
}

}  // namespace rearm
