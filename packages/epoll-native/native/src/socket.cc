#include <sys/socket.h>

#include "address.h"
#include "arguments.h"
#include "frame.h"
#include "instance.h"
#include "kernel.h"

namespace rearm {
namespace {

// The bytes of a SocketAddress, to be filled.
bool AddressBytes(Arguments& args, size_t index, uint8_t** bytes) {
  Span span;
  if (!args.Bytes(index, "address", Address::kSize, &span)) return false;
  *bytes = span.data;
  return true;
}

// The address in a SocketAddress.
bool LoadAddress(Arguments& args, size_t index, Address* address) {
  uint8_t* bytes;
  if (!AddressBytes(args, index, &bytes)) return false;
  return address->Load(bytes) || args.ThrowRange("address", "a SocketAddress of at most 128 bytes");
}

// socket(domain, type, protocol)
napi_value Socket(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "socket");
  int domain, type, protocol;
  if (!args.Int(0, "domain", &domain) || !args.Int(1, "type", &type) ||
      !args.Int(2, "protocol", &protocol)) {
    return nullptr;
  }
  return args.Result(socket(domain, type, protocol));
}

// socketpair(domain, type, protocol, pair)
napi_value Socketpair(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "socketpair");
  int domain, type, protocol;
  int32_t* pair;
  size_t length;
  if (!args.Int(0, "domain", &domain) || !args.Int(1, "type", &type) ||
      !args.Int(2, "protocol", &protocol) || !args.Ints(3, "pair", 2, &pair, &length)) {
    return nullptr;
  }
  return args.Result(socketpair(domain, type, protocol, pair));
}

// bind(fd, address)
napi_value Bind(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "bind");
  int fd;
  Address address;
  if (!args.Int(0, "fd", &fd) || !LoadAddress(args, 1, &address)) return nullptr;
  return args.Result(bind(fd, address.data(), address.length));
}

// connect(fd, address)
napi_value Connect(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "connect");
  int fd;
  Address address;
  if (!args.Int(0, "fd", &fd) || !LoadAddress(args, 1, &address)) return nullptr;
  return args.Result(connect(fd, address.data(), address.length));
}

// listen(fd, backlog)
napi_value Listen(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "listen");
  int fd, backlog;
  if (!args.Int(0, "fd", &fd) || !args.Int(1, "backlog", &backlog)) return nullptr;
  return args.Result(listen(fd, backlog));
}

// accept4(fd, flags, address | undefined)
napi_value Accept4(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "accept4");
  int fd, flags;
  if (!args.Int(0, "fd", &fd) || !args.Int(1, "flags", &flags)) return nullptr;
  if (args.IsUndefined(2)) return args.Result(accept4(fd, nullptr, nullptr, flags));
  uint8_t* bytes;
  if (!AddressBytes(args, 2, &bytes)) return nullptr;
  Address address;
  const int accepted = accept4(fd, address.data(), &address.length, flags);
  if (accepted >= 0) address.Store(bytes);
  return args.Result(accepted);
}

// shutdown(fd, how)
napi_value Shutdown(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "shutdown");
  int fd, how;
  if (!args.Int(0, "fd", &fd) || !args.Int(1, "how", &how)) return nullptr;
  return args.Result(shutdown(fd, how));
}

using NameCall = int (*)(int, sockaddr*, socklen_t*);

napi_value CallName(napi_env env, napi_callback_info info, const char* call, NameCall name) {
  Arguments args(env, info, call);
  int fd;
  uint8_t* bytes;
  if (!args.Int(0, "fd", &fd) || !AddressBytes(args, 1, &bytes)) return nullptr;
  Address address;
  const int result = name(fd, address.data(), &address.length);
  if (result == 0) address.Store(bytes);
  return args.Result(result);
}

// getsockname(fd, address)
napi_value Getsockname(napi_env env, napi_callback_info info) {
  return CallName(env, info, "getsockname",
                  [](int fd, sockaddr* data, socklen_t* length) { return getsockname(fd, data, length); });
}

// getpeername(fd, address)
napi_value Getpeername(napi_env env, napi_callback_info info) {
  return CallName(env, info, "getpeername",
                  [](int fd, sockaddr* data, socklen_t* length) { return getpeername(fd, data, length); });
}

// recv(fd, buffer, offset, length, flags)
template <class Operands>
napi_value Recv(napi_env env, napi_callback_info info) {
  Operands args(env, info, "recv");
  int fd, flags;
  Span span;
  if (!args.Int(0, "fd", &fd) || !args.Slice(1, &span) || !args.Int(4, "flags", &flags)) return nullptr;
  return args.Result(kernel::Receive(fd, span.data, span.length, flags));
}

// send(fd, buffer, offset, length, flags)
template <class Operands>
napi_value Send(napi_env env, napi_callback_info info) {
  Operands args(env, info, "send");
  int fd, flags;
  Span span;
  if (!args.Int(0, "fd", &fd) || !args.Slice(1, &span) || !args.Int(4, "flags", &flags)) return nullptr;
  return args.Result(kernel::Send(fd, span.data, span.length, flags | MSG_NOSIGNAL));
}

// recvfrom(fd, buffer, offset, length, flags, address)
napi_value Recvfrom(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "recvfrom");
  int fd, flags;
  Span span;
  uint8_t* bytes;
  if (!args.Int(0, "fd", &fd) || !args.Slice(1, &span) || !args.Int(4, "flags", &flags) ||
      !AddressBytes(args, 5, &bytes)) {
    return nullptr;
  }
  Address address;
  const ssize_t result =
      recvfrom(fd, span.data, span.length, flags, address.data(), &address.length);
  if (result >= 0) address.Store(bytes);
  return args.Result(result);
}

// sendto(fd, buffer, offset, length, flags, address)
napi_value Sendto(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "sendto");
  int fd, flags;
  Span span;
  Address address;
  if (!args.Int(0, "fd", &fd) || !args.Slice(1, &span) || !args.Int(4, "flags", &flags) ||
      !LoadAddress(args, 5, &address)) {
    return nullptr;
  }
  return args.Result(
      sendto(fd, span.data, span.length, flags | MSG_NOSIGNAL, address.data(), address.length));
}

}  // namespace

bool ExportSocket(napi_env env, napi_value exports, Instance* instance) {
  static constexpr Function kFunctions[] = {
      {"socket", Socket},           {"socketpair", Socketpair},   {"bind", Bind},
      {"connect", Connect},         {"listen", Listen},           {"accept4", Accept4},
      {"shutdown", Shutdown},       {"getsockname", Getsockname}, {"getpeername", Getpeername},
      {"recv", Recv<Arguments>},    {"recvFramed", Recv<Frame>},  {"recvfrom", Recvfrom},
      {"send", Send<Arguments>},    {"sendFramed", Send<Frame>},  {"sendto", Sendto},
  };
  return Export(env, exports, instance, kFunctions);
}

}  // namespace rearm
