import { type Epoll, EpollEvents, epollWait } from '../src/index.js'

/** One event of a batch. */
export interface Ready {
  readonly flags: number
  readonly low: number
  readonly high: number
}

/** Longer than any test waits: the end of a wait whose condition never comes. */
export const patience = 30_000

/** Blocks until something is ready and returns the batch; an empty one only when patience ends. */
export function nextBatch(
  epoll: Epoll | number,
  timeoutMs = patience,
  events = new EpollEvents(64),
): Ready[] {
  const epfd = typeof epoll === 'number' ? epoll : epoll.fd
  const count = epollWait(epfd, events, timeoutMs)
  if (count < 0) throw new Error(`epoll_wait answered ${count}`)
  return Array.from({ length: count }, (_, index) => ({
    flags: events.flags(index),
    low: events.tokenLow(index),
    high: events.tokenHigh(index),
  }))
}

/** What is ready at this moment. */
export function readyNow(epoll: Epoll | number): Ready[] {
  return nextBatch(epoll, 0)
}

/** The flags of each event of a batch. */
export function flagsOf(batch: readonly Ready[]): number[] {
  return batch.map(({ flags }) => flags)
}

/** The low token of each event of a batch, in ascending order. */
export function tokensOf(batch: readonly Ready[]): number[] {
  return batch.map(({ low }) => low).sort((a, b) => a - b)
}

/** Waits until an edge-triggered registration has reported `flags`; returns all flags of that report. */
export function untilReported(epoll: Epoll, flags: number): number {
  for (;;) {
    const [seen] = flagsOf(nextBatch(epoll))
    if (seen === undefined) throw new Error('the flags did not come')
    if ((seen & flags) === flags) return seen
  }
}
