// The kernel's numbers that the sandbox needs.
export const NONBLOCK = 0x800
export const CLOEXEC = 0x80000
export const QUIET = NONBLOCK | CLOEXEC
export const AF_UNIX = 1
export const AF_INET = 2
export const AF_INET6 = 10
export const SOCK_STREAM = 1
export const SOCK_DGRAM = 2
export const F_SETFL = 4
export const F_DUPFD_CLOEXEC = 1030
export const EPOLL_CTL_ADD = 1
export const EPOLLIN = 1
export const PIDFD_NONBLOCK = NONBLOCK
export const SOL_SOCKET = 1
export const SO_TYPE = 3
export const SO_LINGER = 13
export const SO_PEERPIDFD = 77
