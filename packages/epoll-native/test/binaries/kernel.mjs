// The kernel's numbers that the load test needs: the same on every architecture that has a binary.
export const CLOEXEC = 0o2000000
export const NONBLOCK = 0o4000
export const EPOLL_CTL_ADD = 1
export const EPOLL_CTL_DEL = 2
export const EPOLLIN = 1
export const EEXIST = 17
export const EBADF = 9
export const ENOSYS = 38
export const CLOCK_MONOTONIC = 1
