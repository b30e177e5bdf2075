import type { Ctl } from './loan/arm.js'

/** One entry of the kernel's own list, as /proc/self/fdinfo shows it. */
export interface KernelEntry {
  readonly fd: number
  /** The kernel's mask, with ERR and HUP; a fired oneshot has only its mode bits. */
  readonly events: number
  readonly tokenLow: number
  readonly tokenHigh: number
}

/** Delivers batches on the thread's event loop. */
export interface Attachment {
  ref(): void
  unref(): void
  close(): void
}

/**
 * What a reactor needs of the kernel. `KernelPoller` is the real one; `@rearm/reactor/testing` has one that plays a script.
 * Calls return a value `>= 0` or `-errno`.
 */
export interface Poller {
  /** The epoll descriptor: the same number for the poller's life. */
  readonly epfd: number
  /** epoll_ctl(2) */
  readonly ctl: Ctl
  /**
   * Waits for the next batch and returns its size, which `flags`, `tokenLow` and `tokenHigh` then read. A signal does
   * not shorten the wait.
   */
  wait(timeoutMs: number): number
  flags(index: number): number
  tokenLow(index: number): number
  tokenHigh(index: number): number
  /**
   * Puts a new epoll, to which `fill` has added what is wanted, in the place of this one, under the same number.
   *
   * @throws {SystemError} `EMFILE` …; nothing has changed then
   */
  replace(fill: (ctl: Ctl) => void): void
  /** @param onBatch returns false to end the loop's turn: what else is ready can wait for the next */
  attach(onBatch: (count: number) => boolean): Attachment
  /** The kernel's list. */
  entries(): KernelEntry[]
  /** close(2) and shutdown(2) of a registered descriptor. */
  closeDescriptor(fd: number): number
  shutdownDescriptor(fd: number): number
  close(): void
}
