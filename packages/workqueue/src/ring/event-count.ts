/**
 * A place where threads sleep until something changes.
 *
 * Two words: a sequence number that moves with every announcement, and the number of threads about to sleep.
 * A sleeper reads the sequence, says that it will sleep, looks once more, and only then waits on the sequence
 * it read: an announcement in between moves the number, so the wait returns at once. Waiting for a *change*,
 * never for a value, is what makes an overshoot harmless.
 */
export class EventCount {
  /** How many Int32 words an event count occupies. */
  static readonly WORDS = 2

  readonly #words: Int32Array
  readonly #sequence: number
  readonly #sleepers: number

  constructor(words: Int32Array, index: number) {
    this.#words = words
    this.#sequence = index
    this.#sleepers = index + 1
  }

  /** Says that this thread is going to sleep. Returns the key for {@link wait}. */
  prepare(): number {
    const key = Atomics.load(this.#words, this.#sequence)
    Atomics.add(this.#words, this.#sleepers, 1)
    return key
  }

  /** Takes back a {@link prepare}: the second look found something. */
  cancel(): void {
    Atomics.sub(this.#words, this.#sleepers, 1)
  }

  /** Sleeps until an announcement later than `key`, at most `timeoutMs` milliseconds. Blocks the thread. */
  wait(key: number, timeoutMs: number): void {
    Atomics.wait(this.#words, this.#sequence, key, timeoutMs)
    Atomics.sub(this.#words, this.#sleepers, 1)
  }

  /** Wakes one sleeper, if there is any: a call into the kernel only when someone sleeps. */
  announce(): void {
    if (Atomics.load(this.#words, this.#sleepers) > 0) {
      Atomics.add(this.#words, this.#sequence, 1)
      Atomics.notify(this.#words, this.#sequence, 1)
    }
  }

  /** Wakes everybody, whatever the count says: after a close, or when a thread died with a wake-up in hand. */
  announceAll(): void {
    Atomics.add(this.#words, this.#sequence, 1)
    Atomics.notify(this.#words, this.#sequence)
  }
}
