import { EpollFlag } from '@rearm/epoll-native'

const { IN, PRI, OUT, ERR, HUP, RDHUP } = EpollFlag

/** What to be told of. Combine with `|`; `NONE` still tells of errors and hang-ups, as the kernel always does. */
export const Interest = {
  NONE: 0,
  /** Something to read or accept, or the end of the peer's stream. */
  READABLE: IN | RDHUP,
  /** Room to write; a connection attempt that is over. */
  WRITABLE: OUT,
  /** Urgent data; a changed value (GPIO, sysfs). */
  PRIORITY: PRI,
} as const

/** Every bit that may be asked for. */
export const interestMask = IN | PRI | OUT | RDHUP

/** Reported by the kernel whether asked for or not. */
export const alwaysReported = ERR | HUP

/**
 * Reads a handler's `readiness`. These are hints: another thread may have taken what made a descriptor ready, so a
 * read can still answer EAGAIN.
 */
export const Readiness = {
  /** A read will not block: data, the end of the stream, or an error to collect. */
  readable: (readiness: number): boolean => (readiness & (IN | RDHUP | HUP | ERR)) !== 0,
  /** A write will not block: room, or an error to collect. */
  writable: (readiness: number): boolean => (readiness & (OUT | HUP | ERR)) !== 0,
  /** The peer writes no more. There may be data before the end: read until 0. */
  readClosed: (readiness: number): boolean => (readiness & (RDHUP | HUP)) !== 0,
  /** Both directions are over. */
  writeClosed: (readiness: number): boolean => (readiness & HUP) !== 0,
  /** An error is pending (`SO_ERROR`), or the reader of a pipe is gone. */
  failed: (readiness: number): boolean => (readiness & ERR) !== 0,
  priority: (readiness: number): boolean => (readiness & PRI) !== 0,
} as const
