import { clearTimeout, setTimeout } from 'node:timers'
import { HostBell } from '../lane/bell.js'

const SWEEP_MS = 1
const MOST_ROUNDS = 16

export interface Drainable {
  /** Takes in what has come back; returns the number of records. */
  drain(): number
  /** Whether anything has come back that was not taken in. */
  readonly hasReturns: boolean
  /** Whether threads hold jobs. */
  readonly isBusy: boolean
}

/** When the host looks into the lanes: when it is rung, and once more shortly after. */
export class HostLoop {
  readonly bell = new HostBell()
  #sweep: NodeJS.Timeout | undefined
  #drainedSince = false

  constructor(private readonly lanes: Drainable) {
    this.bell.sleep()
  }

  /** Takes in everything that has come back and goes to sleep. Returns the number of records. */
  turn(): number {
    let count = 0
    for (let round = 0; round < MOST_ROUNDS; round++) {
      this.bell.wake()
      count += this.lanes.drain()
      this.bell.sleep()
      // Only a look after the word was set excludes that a worker saw it awake and kept silent.
      if (!this.lanes.hasReturns) break
    }
    if (count > 0) this.#drainedSince = true
    this.#sweepLater()
    return count
  }

  end(): void {
    clearTimeout(this.#sweep)
    this.#sweep = undefined
  }

  /**
   * A result that follows shortly upon a ring is not announced (see Bell). It may have come just after the look
   * that the ring caused; this later look finds it, and is repeated only if the lanes were alive in between.
   */
  #sweepLater(): void {
    if (this.#sweep !== undefined || !this.lanes.isBusy) return
    this.#drainedSince = false
    this.#sweep = setTimeout(() => {
      this.#sweep = undefined
      const before = this.#drainedSince
      if (this.turn() === 0 && !before) this.end()
    }, SWEEP_MS)
    this.#sweep.unref()
  }
}
