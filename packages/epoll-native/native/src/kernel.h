#ifndef REARM_KERNEL_H_
#define REARM_KERNEL_H_

#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// What the oldest supported C libraries do not declare. Called by number, so that a binary needs no
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

#define REARM_EPIOCSPARAMS _IOW(0x8A, 0x01, ::rearm::EpollParams)
#define REARM_EPIOCGPARAMS _IOR(0x8A, 0x02, ::rearm::EpollParams)

}  // namespace rearm

#endif  // REARM_KERNEL_H_
