import type { Counters } from '../counters.js'

/**
 * Whether the process has room for a connection, as every thread sees it: below its limit, and while no thread is missing. Several
 * that accept at once may pass the limit by so many.
 */
export class Limit {
  /** Whether somebody waits for room, and whether accepting is held. */
  readonly #words: Int32Array

  constructor(
    private readonly counters: Counters,
    private readonly threads: number,
    private readonly connections: number,
    readonly memory = new SharedArrayBuffer(8),
  ) {
    this.#words = new Int32Array(memory)
  }

  /** Nobody accepts until `release`: a thread that starts needs the descriptors that the one before it had. */
  hold(): void {
    Atomics.store(this.#words, 1, 1)
  }

  release(): void {
    Atomics.store(this.#words, 1, 0)
  }

  /** False, and whoever closes a connection or releases it will say so. */
  hasRoom(): boolean {
    if (this.#isOpen()) return true
    Atomics.store(this.#words, 0, 1)
    // One that closed just before did not see that somebody waits.
    return this.#isOpen()
  }

  /** Whether somebody waits for room; asked once, answered once. */
  takeWaiting(): boolean {
    return Atomics.load(this.#words, 0) === 1 && Atomics.exchange(this.#words, 0, 0) === 1
  }

  #isOpen(): boolean {
    return Atomics.load(this.#words, 1) === 0 && this.#count() < this.connections
  }

  #count(): number {
    let count = 0
    for (let thread = 0; thread < this.threads; thread++) count += this.counters.open(thread)
    return count
  }
}
