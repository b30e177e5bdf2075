import { now } from '../clock.js'

const ASLEEP = 0
// How the host sleeps.
const AWAKE = 0
const ON_LOOP = 1
const PARKED = 2
const QUIET_MS = 0.02

/** The word through which workers see whether the host has to be rung. One for all workers of a queue. */
export class HostBell {
  readonly memory = new SharedArrayBuffer(128)
  readonly #words = new Int32Array(this.memory)

  /** The host is going to sleep. Look at the lanes once more before relying on it. */
  sleep(): void {
    Atomics.store(this.#words, ASLEEP, ON_LOOP)
  }

  wake(): void {
    Atomics.store(this.#words, ASLEEP, AWAKE)
  }

  /** The host is going to block in {@link wait}. Look at the lanes once more before. */
  park(): void {
    Atomics.store(this.#words, ASLEEP, PARKED)
  }

  /** Blocks the thread until a worker has nothing left to do, or time is up. */
  wait(ms: number): void {
    Atomics.wait(this.#words, ASLEEP, PARKED, ms)
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
    // A parked host wants to know when a worker has nothing left to do, not of each result.
    if (at - this.#rungAt > QUIET_MS && Atomics.load(this.#words, ASLEEP) !== PARKED) this.ring(at)
    else this.#owed = true
  }

  /** Rings for results that were not announced; to be called before the thread waits. */
  settle(): void {
    if (this.#owed) this.ring()
  }

  ring(at = now()): void {
    this.#rungAt = at
    this.#owed = false
    if (Atomics.load(this.#words, ASLEEP) === AWAKE) return
    const slept = Atomics.exchange(this.#words, ASLEEP, AWAKE)
    if (slept === ON_LOOP) this.rouse()
    else if (slept === PARKED) Atomics.notify(this.#words, ASLEEP)
  }
}
