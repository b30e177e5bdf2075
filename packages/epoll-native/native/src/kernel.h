#ifndef REARM_KERNEL_H_
#define REARM_KERNEL_H_

#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// System calls made by number. Most of them the oldest supported C libraries do not declare, and so a binary needs no
// newer glibc than its floor; an old kernel answers ENOSYS.

#ifndef __NR_pidfd_send_signal
#define __NR_pidfd_send_signal 424
#endif
#ifndef __NR_pidfd_open
#define __NR_pidfd_open 434
#endif
#ifndef __NR_epoll_pwait2
#define __NR_epoll_pwait2 441
#endif

namespace rearm {

// The kernel's own timespec, 64 bits each on every architecture; libc's is smaller on 32-bit glibc.
struct KernelTimespec {
  int64_t seconds;
  int64_t nanoseconds;
};

struct KernelItimerspec {
  KernelTimespec interval;
  KernelTimespec value;
};

// struct epoll_params of linux/eventpoll.h (Linux 6.9).
struct EpollParams {
  uint32_t busy_poll_usecs;
  uint16_t busy_poll_budget;
  uint8_t prefer_busy_poll;
  uint8_t pad;
};

// By number: libc's fcntl is fcntl64@GLIBC_2.28 where files are 64-bit, and musl has no such symbol.
inline long Fcntl(int fd, int command, long argument) {
#ifdef __NR_fcntl64
  return syscall(__NR_fcntl64, fd, command, argument);
#else
  return syscall(__NR_fcntl, fd, command, argument);
#endif
}

#ifdef __has_feature
#define REARM_HAS_FEATURE(feature) __has_feature(feature)
#else
#define REARM_HAS_FEATURE(feature) 0
#endif

namespace kernel {
#if defined(__SANITIZE_ADDRESS__) || REARM_HAS_FEATURE(address_sanitizer)
// The sanitizer looks over libc's functions only.
inline long Read(int fd, void* data, size_t length) { return read(fd, data, length); }
inline long Write(int fd, const void* data, size_t length) { return write(fd, data, length); }
inline long Receive(int fd, void* data, size_t length, int flags) { return recv(fd, data, length, flags); }
inline long Send(int fd, const void* data, size_t length, int flags) { return send(fd, data, length, flags); }
#else
// By number: libc's own are cancellation points, which in a process with several threads cost two atomic operations.
inline long Read(int fd, void* data, size_t length) { return syscall(__NR_read, fd, data, length); }
inline long Write(int fd, const void* data, size_t length) { return syscall(__NR_write, fd, data, length); }
inline long Receive(int fd, void* data, size_t length, int flags) {
  return syscall(__NR_recvfrom, fd, data, length, flags, nullptr, nullptr);
}
inline long Send(int fd, const void* data, size_t length, int flags) {
  return syscall(__NR_sendto, fd, data, length, flags, nullptr, 0);
}
#endif
}  // namespace kernel

#define REARM_EPIOCSPARAMS _IOW(0x8A, 0x01, ::rearm::EpollParams)
#define REARM_EPIOCGPARAMS _IOR(0x8A, 0x02, ::rearm::EpollParams)

}  // namespace rearm

#endif  // REARM_KERNEL_H_
