#ifndef REARM_CHECKS_H_
#define REARM_CHECKS_H_

#include <node_api.h>

#include <cstdint>

namespace rearm {

// Whether a number is a whole one from `least` to `most`. NaN fails the comparison; a fraction fails the round
// trip. Both bounds are below 2^53.
inline bool IsInteger(double number, double least, double most) {
  return number >= least && number <= most &&
         static_cast<double>(static_cast<int64_t>(number)) == number;
}

inline constexpr const char* kRegisteredBuffer =
    "the id of a registered IoBuffer or EpollEvents that was not released, and whose memory was not transferred away";

// Each throws an error that names the call and the argument, and returns false.
bool ThrowType(napi_env env, const char* call, const char* name, const char* expected);
bool ThrowRange(napi_env env, const char* call, const char* name, const char* expected);
bool ThrowNoInteger(napi_env env, const char* call, const char* name, double least, double most);

}  // namespace rearm

#endif  // REARM_CHECKS_H_
