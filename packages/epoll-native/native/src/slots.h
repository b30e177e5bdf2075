#ifndef REARM_SLOTS_H_
#define REARM_SLOTS_H_

#include <cstdint>
#include <cstdlib>
#include <new>

namespace rearm {

// A table whose entries are named by a number that is never given out twice: slot + 65536 × generation.
// JavaScript holds the number; a stale one finds nothing. Generations start at 1, so that a small
// integer passed by mistake (a descriptor, a length) is never somebody's entry.
template <typename Entry>
class Slots {
 public:
  static constexpr uint32_t kCapacity = 65536;

  ~Slots() { std::free(slots_); }

  // Returns the entry's number, or 0 when all slots are taken.
  double Add(Entry entry) {
    if (free_ == kNone && !Grow()) return 0;
    const uint32_t index = free_;
    Slot& slot = slots_[index];
    free_ = slot.next;
    slot.entry = entry;
    slot.used = true;
    return Name(index, slot.generation);
  }

  // Returns nullptr for a number that names no entry now. The pointer is good until the next Add().
  Entry* Find(double name) {
    if (!(name >= kCapacity && name < 281474976710656.0)) return nullptr;
    const uint64_t number = static_cast<uint64_t>(name);
    const uint32_t index = static_cast<uint32_t>(number % kCapacity);
    if (index >= size_ || static_cast<double>(number) != name) return nullptr;
    Slot& slot = slots_[index];
    if (!slot.used || slot.generation != number / kCapacity) return nullptr;
    return &slot.entry;
  }

  void Remove(double name) {
    if (Find(name) == nullptr) return;
    const uint32_t index = static_cast<uint32_t>(static_cast<uint64_t>(name) % kCapacity);
    Slot& slot = slots_[index];
    slot.used = false;
    // A slot whose generations are used up is retired: reusing it could revive an old number.
    if (++slot.generation == 0) return;
    slot.next = free_;
    free_ = index;
  }

  // Calls visit(entry) for every entry, which must leave the table as it is.
  template <typename Visit>
  void ForEach(Visit visit) {
    for (uint32_t index = 0; index < size_; index++) {
      if (slots_[index].used) visit(slots_[index].entry);
    }
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Slot {
    Entry entry;
    uint32_t generation;
    uint32_t next;
    bool used;
  };

  static double Name(uint32_t index, uint32_t generation) {
    return static_cast<double>(static_cast<uint64_t>(generation) * kCapacity + index);
  }

  bool Grow() {
    if (size_ == kCapacity) return false;
    const uint32_t size = size_ == 0 ? 16 : size_ * 2;
    Slot* slots = static_cast<Slot*>(std::realloc(slots_, size * sizeof(Slot)));
    if (slots == nullptr) return false;
    slots_ = slots;
    for (uint32_t index = size_; index < size; index++) {
      slots_[index] = Slot{Entry{}, 1, index + 1 < size ? index + 1 : kNone, false};
    }
    free_ = size_;
    size_ = size;
    return true;
  }

  Slot* slots_ = nullptr;
  uint32_t size_ = 0;
  uint32_t free_ = kNone;
};

}  // namespace rearm

#endif  // REARM_SLOTS_H_
