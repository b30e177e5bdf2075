import { Deque } from '../collections/deque.js'
import { Signals } from '../signals.js'
import { ChannelClosedError } from './errors.js'
import { Line } from './line.js'

export interface WaitOptions {
  /** Stops waiting; the promise rejects with the signal's reason, and no value is put or taken. */
  readonly signal?: AbortSignal
}

/**
 * A bounded channel within one thread: producers wait for room, consumers wait for values, both in order of arrival.
 * With capacity 0 a `put` is accepted at the moment a `take` meets it.
 */
export class Channel<T> implements AsyncIterable<T> {
  readonly #values = new Deque<T>()
  readonly #signals = new Signals()
  readonly #takers = new Line<undefined, IteratorResult<T, undefined>>(this.#signals)
  readonly #putters = new Line<T, void>(this.#signals)
  #closed = false

  /** @param capacity how many values may wait unread: an integer >= 0. @throws RangeError otherwise. */
  constructor(readonly capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 0) {
      throw new RangeError(`capacity must be an integer >= 0, not ${capacity}`)
    }
  }

  /** How many values wait unread. */
  get size(): number {
    return this.#values.size
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return this.#closed
  }

  /** Puts a value if that is possible at once; false when full or closed. */
  tryPut(value: T): boolean {
    if (this.#closed) return false
    if (this.#takers.serve({ done: false, value }) !== undefined) return true
    if (this.#values.size >= this.capacity) return false
    this.#values.push(value)
    return true
  }

  /**
   * Puts a value; resolves when it is accepted.
   * Rejects with ChannelClosedError (which carries the value) when the channel is closed, also while waiting.
   */
  put(value: T, options?: WaitOptions): Promise<void> {
    if (this.#closed) return Promise.reject(new ChannelClosedError(value))
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason)
    if (this.tryPut(value)) return Promise.resolve()
    return this.#putters.join(value, options?.signal)
  }

  /** Takes a value if there is one: `{ value }`, so that `undefined` can be a value too. */
  tryTake(): { value: T } | undefined {
    if (this.#values.size > 0) {
      const value = this.#values.shift() as T
      const next = this.#putters.serve()
      if (next !== undefined) this.#values.push(next.offer)
      return { value }
    }
    const direct = this.#putters.serve()
    return direct === undefined ? undefined : { value: direct.offer }
  }

  /** Takes the oldest value; `{ done: true }` when the channel is closed and empty. */
  take(options?: WaitOptions): Promise<IteratorResult<T, undefined>> {
    if (options?.signal?.aborted) return Promise.reject(options.signal.reason)
    const taken = this.tryTake()
    if (taken !== undefined) return Promise.resolve({ done: false, value: taken.value })
    if (this.#closed) return Promise.resolve({ done: true, value: undefined })
    return this.#takers.join(undefined, options?.signal)
  }

  /** No more puts: those that wait are turned away, values inside can still be taken. Idempotent. */
  close(): void {
    this.#closed = true
    while (this.#putters.refuse((value) => new ChannelClosedError(value))) {}
    while (this.#takers.serve({ done: true, value: undefined }) !== undefined) {}
  }

  /** Takes values until the channel is closed and empty. Leaving the loop does not close the channel. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, undefined> {
    for (;;) {
      const next = await this.take()
      if (next.done) return undefined
      yield next.value
    }
  }
}
