// sendmsg(2) and recvmsg(2) with descriptors on board (SCM_RIGHTS, unix(7)).
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arguments.h"
#include "control.h"
#include "instance.h"

namespace rearm {
namespace {

constexpr size_t kMostDescriptors = 253;  // SCM_MAX_FD

// Room for one full set of descriptors, and for what else a socket may have been asked to attach
// (credentials, timestamps), which the kernel puts first.
union ControlBuffer {
  cmsghdr align;
  char bytes[CMSG_SPACE(kMostDescriptors * sizeof(int)) + 512];
};

// sendmsg(fd, buffer, offset, length, flags, descriptors | undefined, count)
napi_value Sendmsg(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "sendmsg");
  int fd, flags;
  Span span;
  if (!args.Int(0, "fd", &fd) || !args.Slice(1, &span) || !args.Int(4, "flags", &flags)) return nullptr;
  iovec vector = {span.data, span.length};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;

  ControlBuffer control{};
  if (!args.IsUndefined(5)) {
    int32_t* descriptors;
    size_t length;
    double count;
    if (!args.Ints(5, "descriptors", 0, &descriptors, &length)) return nullptr;
    const double most = static_cast<double>(length < kMostDescriptors ? length : kMostDescriptors);
    if (!args.Integer(6, "number of descriptors", 0, most, &count)) return nullptr;
    const size_t size = static_cast<size_t>(count) * sizeof(int);
    if (size > 0) {
      message.msg_control = control.bytes;
      message.msg_controllen = CMSG_SPACE(size);
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(size);
      memcpy(CMSG_DATA(header), descriptors, size);
    }
  }
  return args.Result(sendmsg(fd, &message, flags | MSG_NOSIGNAL));
}

// recvmsg(fd, buffer, offset, length, flags, [count, message flags, descriptor, descriptor, …])
napi_value Recvmsg(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "recvmsg");
  int fd, flags;
  Span span;
  int32_t* received;
  size_t length;
  if (!args.Int(0, "fd", &fd) || !args.Slice(1, &span) || !args.Int(4, "flags", &flags) ||
      !args.Ints(5, "received", 2, &received, &length)) {
    return nullptr;
  }
  iovec vector = {span.data, span.length};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  ControlBuffer control{};
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;

  // A received descriptor is never inherited by a child process unless its owner asks for it.
  const ssize_t result = recvmsg(fd, &message, flags | MSG_CMSG_CLOEXEC);
  if (result < 0) return args.Result(result);

  const size_t room = length - 2;
  size_t count = 0;
  int message_flags = message.msg_flags & ~MSG_CMSG_CLOEXEC;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (!HoldsDescriptors(header)) continue;
    const bool taken = header->cmsg_type == SCM_RIGHTS;
    const size_t arrived = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t index = 0; index < arrived; index++) {
      int descriptor;
      memcpy(&descriptor, CMSG_DATA(header) + index * sizeof(int), sizeof descriptor);
      if (taken && count < room) {
        received[2 + count++] = descriptor;
      } else {
        // Nobody would ever learn of this number: closed here, and reported as the kernel reports it.
        close(descriptor);
        message_flags |= MSG_CTRUNC;
      }
    }
  }
  received[0] = static_cast<int32_t>(count);
  received[1] = message_flags;
  return args.Result(result);
}

}  // namespace

bool ExportMessage(napi_env env, napi_value exports, Instance* instance) {
  static constexpr Function kFunctions[] = {
      {"sendmsg", Sendmsg},
      {"recvmsg", Recvmsg},
  };
  return Export(env, exports, instance, kFunctions);
}

}  // namespace rearm
