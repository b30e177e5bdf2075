/** Event and mode bits of epoll_ctl(2), all unsigned: `EpollFlag.ET` is 0x80000000, never negative. */
export const EpollFlag = {
  /** There is something to read, to accept, or the end of the stream. */
  IN: 0x001,
  /** Urgent data; on sysfs and GPIO files: the value changed. */
  PRI: 0x002,
  /** Writing would not block. */
  OUT: 0x004,
  /** An error is pending (`SO_ERROR`). Always reported, whether asked for or not. */
  ERR: 0x008,
  /** Both directions are closed. Always reported, whether asked for or not. */
  HUP: 0x010,
  RDNORM: 0x040,
  RDBAND: 0x080,
  WRNORM: 0x100,
  WRBAND: 0x200,
  MSG: 0x400,
  /** The peer will write no more (it closed, or shut its writing down). */
  RDHUP: 0x2000,
  /** Wake one of several epoll instances that wait on the same descriptor. `ADD` only, Linux 4.5. */
  EXCLUSIVE: 0x10000000,
  /** Keep the system awake while the event is handled (needs `CAP_BLOCK_SUSPEND`, else ignored). */
  WAKEUP: 0x20000000,
  /** Report once, then stay silent until a `MOD` re-arms the registration. */
  ONESHOT: 0x40000000,
  /** Report changes only (edge-triggered). */
  ET: 0x80000000,
} as const

/** Operations of epoll_ctl(2). */
export const EpollOp = { ADD: 1, DEL: 2, MOD: 3 } as const

/** Flags of epoll_create1(2). */
export const EpollCreateFlag = { CLOEXEC: 0x80000 } as const
