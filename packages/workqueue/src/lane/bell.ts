import { now } from '../clock.js'

const ASLEEP = 0
const QUIET_MS = 0.02

/** The word through which workers see whether the host has to be rung. One for all workers of a queue. */
export class HostBell {
  readonly memory = new SharedArrayBuffer(128)
  readonly #words = new Int32Array(this.memory)

  /** The host is going to sleep. Look at the lanes once more before relying on it. */
  sleep(): void {
    Atomics.store(this.#words, ASLEEP, 1)
  }

  wake(): void {
    Atomics.store(this.#words, ASLEEP, 0)
  }
}

/**
 * A worker's handle on the host's bell. Ringing costs a message, so a result that follows shortly upon a ring is
 * not announced at once: the host is on its way. If it should miss it, its own sweep finds it a millisecond later.
 */
export class Bell {
  readonly #words: Int32Array
  #rungAt = 0
  #owed = false

  constructor(
    memory: SharedArrayBuffer,
    private readonly rouse: () => void,
  ) {
    this.#words = new Int32Array(memory)
  }

  /** A result was published at `at`: ring, unless the last ring is only just past. */
  due(at: number): void {
    if (at - this.#rungAt > QUIET_MS) this.ring(at)
    else this.#owed = true
  }

  /** Rings for results that were not announced; to be called before the thread waits. */
  settle(): void {
    if (this.#owed) this.ring()
  }

  ring(at = now()): void {
    this.#rungAt = at
    this.#owed = false
    if (Atomics.load(this.#words, ASLEEP) === 0) return
    if (Atomics.compareExchange(this.#words, ASLEEP, 1, 0) === 1) this.rouse()
  }
}
