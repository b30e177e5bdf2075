import { Count, type Counters } from '../counters.js'

/** What each connection may hold beside the budget (bytes): a short rest of a line, some answers. */
const freeOfCharge = 4096

/**
 * What all connections of all threads may hold together. A thread counts its own part, and looks at all parts before it counts
 * more: several that do so at once may pass the budget by one connection each.
 */
export class MemoryBudget {
  readonly #counters: Counters
  readonly #row: Float64Array
  readonly #most: number

  /** @param most in bytes */
  constructor(counters: Counters, thread: number, most: number) {
    this.#counters = counters
    this.#row = counters.row(thread)
    this.#most = most
    // What the thread held that this one replaces has gone with it.
    this.#row[Count.HELD] = 0
  }

  /** How much counts of so many bytes. */
  charge(bytes: number): number {
    return bytes <= freeOfCharge ? 0 : bytes
  }

  /** Counts `now` instead of `before`, both of them charges. False: that is too much for all, and nothing has changed. */
  replace(before: number, now: number): boolean {
    const more = now - before
    if (more > 0 && this.#counters.sum(Count.HELD) + more > this.#most) return false
    this.#row[Count.HELD] = (this.#row[Count.HELD] ?? 0) + more
    return true
  }
}
