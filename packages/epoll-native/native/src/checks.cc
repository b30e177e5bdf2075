#include "checks.h"

#include <inttypes.h>
#include <stdio.h>

namespace rearm {
namespace {

using Throw = napi_status (*)(napi_env, const char*, const char*);

bool ThrowAs(Throw raise, const char* code, napi_env env, const char* call, const char* name,
             const char* expected) {
  char message[256];
  snprintf(message, sizeof message, "%s: the \"%s\" argument must be %s", call, name, expected);
  raise(env, code, message);
  return false;
}

}  // namespace

bool ThrowType(napi_env env, const char* call, const char* name, const char* expected) {
  return ThrowAs(napi_throw_type_error, "ERR_INVALID_ARG_TYPE", env, call, name, expected);
}

bool ThrowRange(napi_env env, const char* call, const char* name, const char* expected) {
  return ThrowAs(napi_throw_range_error, "ERR_OUT_OF_RANGE", env, call, name, expected);
}

bool ThrowNoInteger(napi_env env, const char* call, const char* name, double least, double most) {
  char expected[80];
  snprintf(expected, sizeof expected, "an integer from %" PRId64 " to %" PRId64,
           static_cast<int64_t>(least), static_cast<int64_t>(most));
  return ThrowRange(env, call, name, expected);
}

}  // namespace rearm
