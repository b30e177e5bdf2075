import { EpollOp, Errno } from '@rearm/epoll-native'

/** epoll_ctl(2) on some epoll. */
export type Ctl = (
  op: number,
  fd: number,
  events: number,
  tokenLow: number,
  tokenHigh: number,
) => number

/**
 * Arms a descriptor, whether it is on the kernel's list or not: a rebuilt list leaves out what is on loan.
 * Returns 0 or `-errno`.
 */
export function arm(
  ctl: Ctl,
  fd: number,
  events: number,
  slot: number,
  generation: number,
): number {
  const modified = ctl(EpollOp.MOD, fd, events, slot, generation)
  return modified === -Errno.ENOENT ? ctl(EpollOp.ADD, fd, events, slot, generation) : modified
}
