#include "instance.h"

namespace rearm {

bool KeepIntrinsics(napi_env env, Instance* instance) {
  napi_value value;
  return napi_get_global(env, &value) == napi_ok &&
         napi_get_named_property(env, value, "Uint8Array", &value) == napi_ok &&
         napi_get_named_property(env, value, "prototype", &value) == napi_ok &&
         napi_get_named_property(env, value, "keys", &value) == napi_ok &&
         napi_create_reference(env, value, 1, &instance->array_keys) == napi_ok;
}

bool Export(napi_env env, napi_value exports, Instance* instance, const Function* functions,
            size_t count) {
  for (size_t index = 0; index < count; index++) {
    const Function& function = functions[index];
    napi_value value;
    if (napi_create_function(env, function.name, NAPI_AUTO_LENGTH, function.callback, instance,
                             &value) != napi_ok ||
        napi_set_named_property(env, exports, function.name, value) != napi_ok) {
      return false;
    }
  }
  return true;
}

}  // namespace rearm
