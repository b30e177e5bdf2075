// recvmmsg(2) and sendmmsg(2) over the two registered buffers of a PacketArray.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "arguments.h"
#include "control.h"
#include "instance.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef SOL_UDP
#define SOL_UDP 17
#endif

namespace rearm {
namespace {

// One packet's head, as src/packets.ts lays it out: length, message flags, segment size, then an Address.
struct Head {
  uint32_t length;
  uint32_t flags;
  uint32_t segment_size;
  uint8_t address[Address::kSize];
};
static_assert(sizeof(Head) == 144, "src/packets.ts has the same layout");

constexpr size_t kMostPackets = 1024;  // UIO_MAXIOV, the kernel's own bound

union SegmentControl {
  cmsghdr align;
  char bytes[CMSG_SPACE(sizeof(int)) + 64];
};

// The packets of one call: [from, from + count) of the array.
struct Batch {
  int fd;
  int flags;
  uint8_t* heads;
  uint8_t* payload;
  size_t size;
  size_t count;

  Head Load(size_t index) const {
    Head head;
    memcpy(&head, heads + index * sizeof head, sizeof head);
    return head;
  }
  void Store(size_t index, const Head& head) const {
    memcpy(heads + index * sizeof head, &head, sizeof head);
  }
};

// (fd, heads id, payload id, packet size, from, count, flags)
bool TakeBatch(Arguments& args, Batch* batch) {
  Span heads, payload;
  double size, from, count;
  if (!args.Int(0, "fd", &batch->fd) || !args.Memory(1, "heads", &heads) ||
      !args.Memory(2, "payload", &payload) || !args.Integer(3, "size", 1, INT32_MAX, &size)) {
    return false;
  }
  batch->size = static_cast<size_t>(size);
  size_t capacity = heads.length / sizeof(Head);
  if (payload.length / batch->size < capacity) capacity = payload.length / batch->size;
  if (!args.Integer(4, "from", 0, static_cast<double>(capacity), &from) ||
      !args.Integer(5, "count", 0, static_cast<double>(capacity) - from, &count) ||
      !args.Int(6, "flags", &batch->flags)) {
    return false;
  }
  // As the kernel does: more is no error, only more calls.
  batch->count = count < kMostPackets ? static_cast<size_t>(count) : kMostPackets;
  batch->heads = heads.data + static_cast<size_t>(from) * sizeof(Head);
  batch->payload = payload.data + static_cast<size_t>(from) * batch->size;
  return true;
}

// What one call hands to the kernel. On the heap: 1024 packets do not fit a worker's stack.
class Messages {
 public:
  struct Part {
    iovec vector;
    Address address;
    SegmentControl control;
  };

  explicit Messages(size_t count)
      : headers_(static_cast<mmsghdr*>(malloc((count + 1) * sizeof(mmsghdr)))),
        parts_(static_cast<Part*>(malloc((count + 1) * sizeof(Part)))) {}
  ~Messages() {
    free(headers_);
    free(parts_);
  }
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

  bool ok() const { return headers_ != nullptr && parts_ != nullptr; }
  mmsghdr* headers() { return headers_; }
  Part& part(size_t index) { return parts_[index]; }

  // Points message `index` at `length` bytes, without address or control.
  msghdr& Prepare(size_t index, uint8_t* data, size_t length) {
    Part& part = parts_[index];
    part.vector = {data, length};
    headers_[index] = {};
    msghdr& message = headers_[index].msg_hdr;
    message.msg_iov = &part.vector;
    message.msg_iovlen = 1;
    return message;
  }

 private:
  mmsghdr* headers_;
  Part* parts_;
};

napi_value NoMemory(const Arguments& args) {
  errno = ENOMEM;
  return args.Result(-1);
}

// The segment size of a datagram that the kernel merged (UDP_GRO, udp(7)); 0: it was not.
uint32_t SegmentSize(msghdr* message) {
  for (cmsghdr* header = CMSG_FIRSTHDR(message); header != nullptr;
       header = CMSG_NXTHDR(message, header)) {
    if (header->cmsg_level == SOL_UDP && header->cmsg_type == UDP_GRO) {
      int size = 0;
      memcpy(&size, CMSG_DATA(header), sizeof size);
      return static_cast<uint32_t>(size);
    }
  }
  return 0;
}

// A batch of packets carries no descriptors (recvmsg does): any that a peer attached is closed here,
// so that it cannot fill this process's table.
void CloseDescriptors(msghdr* message) {
  for (cmsghdr* header = CMSG_FIRSTHDR(message); header != nullptr;
       header = CMSG_NXTHDR(message, header)) {
    if (!HoldsDescriptors(header)) continue;
    const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t index = 0; index < count; index++) {
      int descriptor;
      memcpy(&descriptor, CMSG_DATA(header) + index * sizeof(int), sizeof descriptor);
      close(descriptor);
    }
  }
}

// recvmmsg(fd, heads, payload, size, from, count, flags)
napi_value RecvmmsgCall(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "recvmmsg");
  Batch batch;
  if (!TakeBatch(args, &batch)) return nullptr;
  Messages messages(batch.count);
  if (!messages.ok()) return NoMemory(args);

  for (size_t index = 0; index < batch.count; index++) {
    msghdr& message = messages.Prepare(index, batch.payload + index * batch.size, batch.size);
    Messages::Part& part = messages.part(index);
    message.msg_name = &part.address.storage;
    message.msg_namelen = sizeof part.address.storage;
    message.msg_control = part.control.bytes;
    message.msg_controllen = sizeof part.control.bytes;
  }
  // MSG_CMSG_CLOEXEC: over a unix socket, descriptors could come along.
  const int received = recvmmsg(batch.fd, messages.headers(), static_cast<unsigned>(batch.count),
                                batch.flags | MSG_CMSG_CLOEXEC, nullptr);
  if (received < 0) return args.Result(received);

  for (int index = 0; index < received; index++) {
    mmsghdr& header = messages.headers()[index];
    CloseDescriptors(&header.msg_hdr);
    Head head{};
    head.length = header.msg_len;
    head.flags = static_cast<uint32_t>(header.msg_hdr.msg_flags & ~MSG_CMSG_CLOEXEC);
    head.segment_size = SegmentSize(&header.msg_hdr);
    Address& address = messages.part(index).address;
    address.length = header.msg_hdr.msg_namelen;
    // The kernel wrote only this much; the rest of the part is unset memory.
    const size_t known = address.length < sizeof address.storage ? address.length : sizeof address.storage;
    memset(reinterpret_cast<uint8_t*>(&address.storage) + known, 0, sizeof address.storage - known);
    address.Store(head.address);
    batch.Store(static_cast<size_t>(index), head);
  }
  return args.Result(received);
}

// sendmmsg(fd, heads, payload, size, from, count, flags)
napi_value SendmmsgCall(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "sendmmsg");
  Batch batch;
  if (!TakeBatch(args, &batch)) return nullptr;
  Messages messages(batch.count);
  if (!messages.ok()) return NoMemory(args);

  for (size_t index = 0; index < batch.count; index++) {
    const Head head = batch.Load(index);
    Messages::Part& part = messages.part(index);
    if (head.length > batch.size || !part.address.Load(head.address) ||
        head.segment_size > UINT16_MAX) {
      args.ThrowRange("packets", "an array whose lengths, addresses and segment sizes fit their packets");
      return nullptr;
    }
    msghdr& message = messages.Prepare(index, batch.payload + index * batch.size, head.length);
    if (part.address.length > 0) {
      message.msg_name = &part.address.storage;
      message.msg_namelen = part.address.length;
    }
    if (head.segment_size > 0) {
      const uint16_t size = static_cast<uint16_t>(head.segment_size);
      part.control = {};
      message.msg_control = part.control.bytes;
      message.msg_controllen = CMSG_SPACE(sizeof size);
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_UDP;
      header->cmsg_type = UDP_SEGMENT;
      header->cmsg_len = CMSG_LEN(sizeof size);
      memcpy(CMSG_DATA(header), &size, sizeof size);
    }
  }
  return args.Result(sendmmsg(batch.fd, messages.headers(), static_cast<unsigned>(batch.count),
                              batch.flags | MSG_NOSIGNAL));
}

}  // namespace

bool ExportPackets(napi_env env, napi_value exports, Instance* instance) {
  static constexpr Function kFunctions[] = {
      {"recvmmsg", RecvmmsgCall},
      {"sendmmsg", SendmmsgCall},
  };
  return Export(env, exports, instance, kFunctions);
}

}  // namespace rearm
