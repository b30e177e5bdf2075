import type { Counters } from '../counters.js'

/** The connection limit of the whole process, as every thread sees it; several that accept at once may pass it by so many. */
export class Limit {
  readonly #isFull: Int32Array

  constructor(
    private readonly counters: Counters,
    private readonly threads: number,
    private readonly connections: number,
    readonly memory = new SharedArrayBuffer(4),
  ) {
    this.#isFull = new Int32Array(memory)
  }

  /** False, and whoever closes a connection will say so. */
  hasRoom(): boolean {
    if (this.#count() < this.connections) return true
    Atomics.store(this.#isFull, 0, 1)
    // One that closed just before did not see that somebody waits.
    return this.#count() < this.connections
  }

  /** Whether somebody waits for room; asked once, answered once. */
  takeWaiting(): boolean {
    return Atomics.load(this.#isFull, 0) === 1 && Atomics.exchange(this.#isFull, 0, 0) === 1
  }

  #count(): number {
    let count = 0
    for (let thread = 0; thread < this.threads; thread++) count += this.counters.open(thread)
    return count
  }
}
