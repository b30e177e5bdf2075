// getsockopt(2) and setsockopt(2) over bytes, except where the kernel would touch other memory than them.
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#include "arguments.h"
#include "instance.h"

namespace rearm {
namespace {

// Levels whose options were read through. Others (SCTP, RDS, XDP, MPTCP, Bluetooth) have some whose value holds an
// address for the kernel to follow, and bytes from JavaScript must never become one.
bool IsKnownLevel(int level) {
  constexpr int kVsock = 40, kRaw = 255, kPacket = 263, kNetlink = 270, kAlg = 279, kTls = 282;
  constexpr int kCan = 100, kCanLast = 107;
  switch (level) {
    case SOL_SOCKET:
    case IPPROTO_IP:
    case IPPROTO_TCP:
    case IPPROTO_UDP:
    case IPPROTO_IPV6:
    case IPPROTO_ICMPV6:
    case kVsock:
    case kRaw:
    case kPacket:
    case kNetlink:
    case kAlg:
    case kTls:
      return true;
    default:
      return level >= kCan && level <= kCanLast;
  }
}

// The tables of netfilter and of IPVS: values with addresses in them, and counts that are trusted.
bool IsFirewall(int level, int name) {
  constexpr int kFirst = 64;     // IPT_BASE_CTL, ARPT_BASE_CTL, EBT_BASE_CTL, IP_VS_BASE_CTL and on
  constexpr int kIp6tLast = 65;  // IP6T_SO_SET_ADD_COUNTERS; IPV6_TCLASS and others follow
  return (level == IPPROTO_IP && name >= kFirst) ||
         (level == IPPROTO_IPV6 && ((name >= kFirst && name <= kIp6tLast) || name >= 128));
}

// Options whose answer the kernel does not keep within the value's length.
bool WritesBeyondValue(int level, int name) {
  constexpr int kGetFilter = 26;        // SO_GET_FILTER takes the length as instructions of 8 bytes each
  constexpr int kIpMsfilter = 41;       // IP_MSFILTER, MCAST_MSFILTER trust the count that stands in the value
  constexpr int kMcastMsfilter = 48;
  constexpr int kZerocopyReceive = 35;  // TCP_ZEROCOPY_RECEIVE writes to addresses that stand in the value
  constexpr int kAoGetKeys = 40;        // TCP_AO_GET_KEYS trusts a count, too
  switch (level) {
    case SOL_SOCKET:
      return name == kGetFilter;
    case IPPROTO_IP:
      return name == kIpMsfilter || name == kMcastMsfilter;
    case IPPROTO_IPV6:
      return name == kMcastMsfilter;
    case IPPROTO_TCP:
      return name == kZerocopyReceive || name == kAoGetKeys;
    default:
      return false;
  }
}

// Options whose value holds an address: that of a packet filter's program.
bool SetsAddress(int level, int name) {
  constexpr int kPacket = 263;
  constexpr int kAttachFilter = 26;         // SO_ATTACH_FILTER
  constexpr int kAttachReuseportCbpf = 51;  // SO_ATTACH_REUSEPORT_CBPF
  constexpr int kFanoutData = 22;           // PACKET_FANOUT_DATA
  return (level == SOL_SOCKET && (name == kAttachFilter || name == kAttachReuseportCbpf)) ||
         (level == kPacket && name == kFanoutData);
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
  if (!IsKnownLevel(level) || IsFirewall(level, name) || WritesBeyondValue(level, name)) {
    args.ThrowRange("name", "an option of a known level whose value is all that the kernel writes");
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
  if (!IsKnownLevel(level) || IsFirewall(level, name) || SetsAddress(level, name)) {
    args.ThrowRange("name", "an option of a known level whose value holds no memory address");
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
