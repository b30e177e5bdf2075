import { now } from '../clock.js'

const PAUSE_MS = 1000

/**
 * The crash budget: after so many threads in a row that did not come up, jobs are refused for a second; then one
 * more thread may try. While threads fail they are started one at a time.
 */
export class Breaker {
  #failures = 0
  #openUntil = 0

  constructor(private readonly budget: number) {}

  /** Threads have failed lately and none has come up since. */
  get isWary(): boolean {
    return this.#failures > 0
  }

  get isOpen(): boolean {
    return this.#openUntil > 0 && now() < this.#openUntil
  }

  /** A thread came up. */
  reset(): void {
    this.#failures = 0
    this.#openUntil = 0
  }

  /** A thread failed to come up. True: the budget is used up. */
  fail(): boolean {
    if (++this.#failures < this.budget) return false
    this.#openUntil = now() + PAUSE_MS
    return true
  }
}
