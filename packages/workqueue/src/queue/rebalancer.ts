import { clearTimeout, setTimeout } from 'node:timers'
import type { Backlogs } from './backlogs.js'
import type { Crew } from './crew.js'
import type { Thread } from './thread.js'

const STANDSTILL_MS = 1

/**
 * Jobs that were handed to a thread in advance may find themselves behind a long one while another thread has
 * nothing to do. If they have not moved for a millisecond, half of them move over.
 */
export class Rebalancer {
  #timer: NodeJS.Timeout | undefined
  readonly #seen = new Map<Thread, number>()

  constructor(
    private readonly crew: Crew,
    private readonly backlogs: Backlogs,
    private readonly concurrency: number,
    /** Gives out again what was taken back. */
    private readonly refill: () => void,
  ) {}

  /** Jobs came back, or a thread came or went: perhaps one is free now. */
  consider(): void {
    if (this.#timer !== undefined || !this.#isUneven) return
    this.#seen.clear()
    for (const thread of this.crew.threads) this.#seen.set(thread, thread.returned)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#even()
      this.consider()
    }, STANDSTILL_MS)
    this.#timer.unref()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  get #isUneven(): boolean {
    if (this.backlogs.common.size > 0) return false
    return this.crew.holdsMoreThan(this.concurrency) && this.crew.hasFree
  }

  #even(): void {
    if (!this.#isUneven) return
    for (const thread of this.crew.threads) {
      const waiting = thread.load - this.concurrency
      if (waiting <= 0 || this.#seen.get(thread) !== thread.returned) continue
      this.backlogs.recall(thread, (job) => job.affinity === undefined, Math.ceil(waiting / 2))
    }
    this.refill()
  }
}
