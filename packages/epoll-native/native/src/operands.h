#ifndef REARM_OPERANDS_H_
#define REARM_OPERANDS_H_

#include <cstddef>
#include <cstdint>

#include "buffers.h"

namespace rearm {

// What the arguments of a call are made into, wherever they lie: `Self` (Arguments, Frame) says which of them are
// there (IsUndefined) and takes an integer within bounds (Integer).
template <class Self>
class Operands {
 public:
  // A signed 32-bit integer: a descriptor, a level, an option's name.
  bool Int(size_t index, const char* name, int* value) {
    double number = 0;
    if (!self().Integer(index, name, INT32_MIN, INT32_MAX, &number)) return false;
    *value = static_cast<int>(number);
    return true;
  }

  // 32 bits: 0 to 4294967295, or the same bits as JavaScript's `|` yields them, -2147483648 to -1.
  bool Bits(size_t index, const char* name, uint32_t* value) {
    double number = 0;
    if (!self().Integer(index, name, INT32_MIN, UINT32_MAX, &number)) return false;
    *value = static_cast<uint32_t>(static_cast<int64_t>(number));
    return true;
  }

 protected:
  // The part of `whole` that offset and length, two arguments in a row, name; undefined: from 0, up to the end.
  bool Cut(const Span& whole, size_t index, Span* span) {
    double offset = 0;
    if (!self().IsUndefined(index) &&
        !self().Integer(index, "offset", 0, static_cast<double>(whole.length), &offset)) {
      return false;
    }
    const size_t start = static_cast<size_t>(offset);
    double length = static_cast<double>(whole.length - start);
    if (!self().IsUndefined(index + 1) &&
        !self().Integer(index + 1, "length", 0, length, &length)) {
      return false;
    }
    span->data = whole.data + start;
    span->length = static_cast<size_t>(length);
    return true;
  }

 private:
  Self& self() { return *static_cast<Self*>(this); }
};

}  // namespace rearm

#endif  // REARM_OPERANDS_H_
