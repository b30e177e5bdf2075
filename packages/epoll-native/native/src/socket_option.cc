// getsockopt(2) and setsockopt(2) over bytes, except where the kernel would touch other memory than them.
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#include "arguments.h"
#include "instance.h"

namespace rearm {
namespace {

constexpr int kSolRds = 276;
constexpr int kSolXdp = 283;

// Options whose answer the kernel does not keep within the value.
bool WritesBeyondValue(int level, int name) {
  constexpr int kGetFilter = 26;         // SO_GET_FILTER takes the length as instructions of 8 bytes each
  constexpr int kZerocopyReceive = 35;   // TCP_ZEROCOPY_RECEIVE writes to addresses that stand in the value
  return (level == SOL_SOCKET && name == kGetFilter) ||
         (level == IPPROTO_TCP && name == kZerocopyReceive) || level == kSolRds || level == kSolXdp;
}

// Options whose value holds an address, which the kernel follows: bytes from JavaScript must never become one.
bool SetsAddress(int level, int name) {
  constexpr int kAttachFilter = 26;         // SO_ATTACH_FILTER
  constexpr int kAttachReuseportCbpf = 51;  // SO_ATTACH_REUSEPORT_CBPF
  constexpr int kIptReplace = 64;           // IPT_SO_SET_REPLACE, IP6T_SO_SET_REPLACE: writes the counters
  constexpr int kArptReplace = 96;          // ARPT_SO_SET_REPLACE
  constexpr int kEbtEntries = 128;          // EBT_SO_SET_ENTRIES
  if (level == SOL_SOCKET) return name == kAttachFilter || name == kAttachReuseportCbpf;
  if (level == IPPROTO_IP || level == IPPROTO_IPV6) {
    return name == kIptReplace || name == kArptReplace || name == kEbtEntries;
  }
  return level == kSolRds || level == kSolXdp;
}

// getsockopt(fd, level, name, value bytes) → length of the value
napi_value Getsockopt(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "getsockopt");
  int fd, level, name;
  Span value;
  if (!args.Int(0, "fd", &fd) || !args.Int(1, "level", &level) || !args.Int(2, "name", &name) ||
      !args.Bytes(3, "value", 0, &value)) {
    return nullptr;
  }
  if (WritesBeyondValue(level, name)) {
    args.ThrowRange("name", "an option whose value is all that the kernel writes");
    return nullptr;
  }
  socklen_t length = static_cast<socklen_t>(value.length < INT32_MAX ? value.length : INT32_MAX);
  const int result = getsockopt(fd, level, name, value.data, &length);
  return args.Result(result == 0 ? static_cast<long>(length) : -1);
}

// setsockopt(fd, level, name, value bytes)
napi_value Setsockopt(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "setsockopt");
  int fd, level, name;
  Span value;
  if (!args.Int(0, "fd", &fd) || !args.Int(1, "level", &level) || !args.Int(2, "name", &name) ||
      !args.Bytes(3, "value", 0, &value)) {
    return nullptr;
  }
  if (SetsAddress(level, name)) {
    args.ThrowRange("name", "an option whose value holds no memory address");
    return nullptr;
  }
  if (value.length > INT32_MAX) {
    args.ThrowRange("value", "at most 2147483647 bytes");
    return nullptr;
  }
  return args.Result(setsockopt(fd, level, name, value.data, static_cast<socklen_t>(value.length)));
}

}  // namespace

bool ExportSocketOption(napi_env env, napi_value exports, Instance* instance) {
  static constexpr Function kFunctions[] = {
      {"getsockopt", Getsockopt},
      {"setsockopt", Setsockopt},
  };
  return Export(env, exports, instance, kFunctions);
}

}  // namespace rearm
