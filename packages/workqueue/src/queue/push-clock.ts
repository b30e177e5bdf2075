import { now } from '../clock.js'
import { queueMicrotask } from '../microtask.js'

/** So many pushes share one reading of the clock, */
const SHARED = 8
/** if as many before them took no longer than this (ms). */
const BRISK_MS = 0.05

/**
 * When jobs are pushed. Reading the clock costs a tenth of a small job's whole way: pushes that follow upon each other within
 * microseconds share a reading. One of the next turn of the microtasks never gets an old one; one after a long computation in the
 * same stretch may, and its wait then counts from there.
 */
export class PushClock {
  #at = Number.NEGATIVE_INFINITY
  #left = 0
  #willEnd = false
  readonly #end = () => {
    this.#willEnd = false
    this.#left = 0
  }

  constructor(private readonly clock: () => number = now) {}

  /** Milliseconds of the process-wide clock. */
  read(): number {
    if (this.#left > 0) {
      this.#left--
      return this.#at
    }
    const at = this.clock()
    if (at - this.#at < BRISK_MS) this.#share()
    this.#at = at
    return at
  }

  #share(): void {
    this.#left = SHARED - 1
    if (this.#willEnd) return
    this.#willEnd = true
    queueMicrotask(this.#end)
  }
}
