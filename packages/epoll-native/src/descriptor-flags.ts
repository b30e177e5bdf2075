/** Flags of eventfd(2), timerfd_create(2), inotify_init1(2), pipe2(2), dup3(2): the same bits everywhere. */
export const DescriptorFlag = {
  /** `O_NONBLOCK` */
  NONBLOCK: 0x800,
  /** `O_CLOEXEC` */
  CLOEXEC: 0x80000,
} as const

/** What an object asks for unless told otherwise: not inherited by child processes, never blocking. */
export const quiet = DescriptorFlag.NONBLOCK | DescriptorFlag.CLOEXEC
