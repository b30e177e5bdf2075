import { now } from '../clock.js'

const PAUSE_MS = 1000
const FIRST_PAUSE_MS = 10

/**
 * The crash budget: a thread that did not come up is tried again after a pause that grows. After so many in a row jobs
 * are refused for a second; then one more thread may try. While threads fail they are started one at a time.
 */
export class Breaker {
  #failures = 0
  #pausedUntil = 0

  constructor(private readonly budget: number) {}

  /** Threads have failed lately and none has come up since. */
  get isWary(): boolean {
    return this.#failures > 0
  }

  /** The budget is used up, and the last failure is less than a second ago. */
  get isOpen(): boolean {
    return this.#failures >= this.budget && this.pauseLeft > 0
  }

  /** Milliseconds for which no thread may be started. */
  get pauseLeft(): number {
    return this.#failures === 0 ? 0 : Math.max(0, this.#pausedUntil - now())
  }

  /** A thread came up. */
  reset(): void {
    this.#failures = 0
  }

  /** A thread failed to come up. True: the budget is used up. */
  fail(): boolean {
    const isUsedUp = ++this.#failures >= this.budget
    const pause = FIRST_PAUSE_MS * 4 ** (this.#failures - 1)
    this.#pausedUntil = now() + (isUsedUp ? PAUSE_MS : Math.min(pause, PAUSE_MS))
    return isUsedUp
  }
}
