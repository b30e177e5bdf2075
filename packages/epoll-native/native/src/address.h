#ifndef REARM_ADDRESS_H_
#define REARM_ADDRESS_H_

#include <string.h>
#include <sys/socket.h>

#include "arguments.h"

namespace rearm {

// A socket address as JavaScript holds it: the kernel's length, then its bytes.
// Copied on its way in and out, because a Uint8Array may lie at any alignment.
struct Address {
  static constexpr size_t kSize = sizeof(uint32_t) + sizeof(sockaddr_storage);

  uint32_t length = sizeof(sockaddr_storage);
  sockaddr_storage storage{};

  // Reads an address to pass to the kernel. False: a length that no address has.
  bool Load(const uint8_t* bytes) {
    memcpy(&length, bytes, sizeof length);
    memcpy(&storage, bytes + sizeof length, sizeof storage);
    return length <= sizeof storage;
  }

  // Writes what the kernel filled in. Its length may be greater than the room (an address cut short).
  void Store(uint8_t* bytes) const {
    const uint32_t stored = length <= sizeof storage ? length : sizeof storage;
    memcpy(bytes, &stored, sizeof stored);
    memcpy(bytes + sizeof stored, &storage, sizeof storage);
  }

  sockaddr* data() { return reinterpret_cast<sockaddr*>(&storage); }
};
static_assert(sizeof(sockaddr_storage) == 128, "src/address.ts has the same layout");

}  // namespace rearm

#endif  // REARM_ADDRESS_H_
