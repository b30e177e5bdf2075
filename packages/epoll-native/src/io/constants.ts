/** Commands of fcntl(2): those that take and return integers. */
export const FcntlCommand = {
  GETFD: 1,
  SETFD: 2,
  GETFL: 3,
  SETFL: 4,
  DUPFD_CLOEXEC: 1030,
  SETPIPE_SZ: 1031,
  GETPIPE_SZ: 1032,
} as const

/** Bits of `FcntlCommand.GETFD` / `SETFD`. */
export const FdFlag = { CLOEXEC: 1 } as const

/** Bits of `FcntlCommand.GETFL` / `SETFL` (the ones that can be changed on an open file). */
export const FileFlag = { APPEND: 0x400, NONBLOCK: 0x800, ASYNC: 0x2000 } as const

/** Flags of splice(2). */
export const SpliceFlag = { MOVE: 1, NONBLOCK: 2, MORE: 4 } as const
