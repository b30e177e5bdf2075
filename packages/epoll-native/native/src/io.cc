#include <errno.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "arguments.h"
#include "frame.h"
#include "instance.h"
#include "kernel.h"

namespace rearm {
namespace {

// registerBuffer(view) → id
napi_value RegisterBuffer(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "IoBuffer");
  Span span;
  if (!args.Bytes(0, "memory", 1, &span)) return nullptr;
  const double id = args.instance().buffers.Add(env, args[0]);
  if (id == 0) {
    args.ThrowRange("memory", "one of at most 65536 that this thread has registered: release an IoBuffer, EpollEvents or PacketArray");
    return nullptr;
  }
  return args.Number(id);
}

// releaseBuffer(id)
napi_value ReleaseBuffer(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "IoBuffer.release");
  double id;
  if (!args.Integer(0, "id", 0, 9007199254740991.0, &id)) return nullptr;
  args.instance().buffers.Remove(env, id);
  return nullptr;
}

// (fd, buffer, offset, length). A type of `transfer` for each call makes each a function of its own, for it is hot.
template <class Operands, class Transfer>
napi_value CallTransfer(napi_env env, napi_callback_info info, const char* call, Transfer transfer) {
  Operands args(env, info, call);
  int fd;
  Span span;
  if (!args.Int(0, "fd", &fd) || !args.Slice(1, &span)) return nullptr;
  return args.Result(transfer(fd, span.data, span.length));
}

// read(fd, buffer, offset, length)
template <class Operands>
napi_value Read(napi_env env, napi_callback_info info) {
  return CallTransfer<Operands>(env, info, "read", kernel::Read);
}

// write(fd, buffer, offset, length)
template <class Operands>
napi_value Write(napi_env env, napi_callback_info info) {
  return CallTransfer<Operands>(env, info, "write", kernel::Write);
}

using Vectored = ssize_t (*)(int, const iovec*, int);

// The buffers come as arguments, not as an array: reading an array could run JavaScript (a proxy, a
// getter) that detaches what was read before it.
napi_value CallVectored(napi_env env, napi_callback_info info, const char* call, Vectored vectored) {
  constexpr size_t kMostBuffers = 1024;  // IOV_MAX
  napi_value argv[1 + kMostBuffers + 1];
  size_t count = sizeof argv / sizeof *argv;
  Arguments args(env, info, call);
  int fd;
  if (!args.Int(0, "fd", &fd)) return nullptr;
  napi_get_cb_info(env, info, &count, argv, nullptr, nullptr);
  if (count > 1 + kMostBuffers) {
    errno = EINVAL;
    return args.Result(-1);
  }
  iovec vectors[kMostBuffers];
  const size_t buffers = count == 0 ? 0 : count - 1;
  for (size_t index = 0; index < buffers; index++) {
    size_t length = 0;
    void* data = nullptr;
    if (!Arguments::Elements(env, argv[1 + index], napi_uint8_array, &data, &length)) {
      args.ThrowType("buffers", "an array of Uint8Arrays");
      return nullptr;
    }
    if (length == 0 && !args.IsInPlace(argv[1 + index])) {
      args.ThrowRange("buffers", Arguments::kMemoryInPlace);
      return nullptr;
    }
    vectors[index] = {data, length};
  }
  return args.Result(vectored(fd, vectors, static_cast<int>(buffers)));
}

// readv(fd, ...buffers)
napi_value Readv(napi_env env, napi_callback_info info) {
  return CallVectored(env, info, "readv", readv);
}

// writev(fd, ...buffers)
napi_value Writev(napi_env env, napi_callback_info info) {
  return CallVectored(env, info, "writev", writev);
}

// A file position, or undefined for the descriptor's own.
struct Position {
  off_t value = 0;
  off_t* pointer = nullptr;
};

bool TakePosition(Arguments& args, size_t index, const char* name, Position* position) {
  if (args.IsUndefined(index)) return true;
  double value;
  if (!args.Integer(index, name, 0, 9007199254740991.0, &value)) return false;
  position->value = static_cast<off_t>(value);
  position->pointer = &position->value;
  return true;
}

bool TakeCount(Arguments& args, size_t index, size_t* count) {
  double value;
  // The kernel moves at most 0x7ffff000 bytes a call, and answers a larger count short.
  if (!args.Integer(index, "length", 0, INT32_MAX, &value)) return false;
  *count = static_cast<size_t>(value);
  return true;
}

// sendfile(outFd, inFd, offset | undefined, length)
napi_value Sendfile(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "sendfile");
  int out, in;
  Position offset;
  size_t count;
  if (!args.Int(0, "outFd", &out) || !args.Int(1, "inFd", &in) ||
      !TakePosition(args, 2, "offset", &offset) || !TakeCount(args, 3, &count)) {
    return nullptr;
  }
  return args.Result(sendfile(out, in, offset.pointer, count));
}

// splice(inFd, inOffset | undefined, outFd, outOffset | undefined, length, flags)
napi_value Splice(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "splice");
  int in, out;
  uint32_t flags;
  Position in_offset, out_offset;
  size_t count;
  if (!args.Int(0, "inFd", &in) || !TakePosition(args, 1, "inOffset", &in_offset) ||
      !args.Int(2, "outFd", &out) || !TakePosition(args, 3, "outOffset", &out_offset) ||
      !TakeCount(args, 4, &count) || !args.Bits(5, "flags", &flags)) {
    return nullptr;
  }
  return args.Result(splice(in, in_offset.pointer, out, out_offset.pointer, count, flags));
}

}  // namespace

bool ExportBuffers(napi_env env, napi_value exports, Instance* instance) {
  static constexpr Function kFunctions[] = {
      {"registerBuffer", RegisterBuffer},
      {"releaseBuffer", ReleaseBuffer},
  };
  return Export(env, exports, instance, kFunctions);
}

bool ExportIo(napi_env env, napi_value exports, Instance* instance) {
  static constexpr Function kFunctions[] = {
      {"read", Read<Arguments>},   {"readFramed", Read<Frame>},
      {"write", Write<Arguments>}, {"writeFramed", Write<Frame>},
      {"readv", Readv},            {"writev", Writev},
      {"sendfile", Sendfile},      {"splice", Splice},
  };
  return Export(env, exports, instance, kFunctions);
}

}  // namespace rearm
