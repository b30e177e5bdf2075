import { ensureAvailable, isAvailable, native } from './availability.js'
import { Registrations } from './registrations.js'

const wordsPerEvent = isAvailable ? native.epollEventSize / 4 : 3
const lowWord = isAvailable ? native.epollDataOffset / 4 : 1

/**
 * A reusable array of the kernel's own `struct epoll_event`: epoll_wait(2) writes into it, and the getters
 * read the fields in place, without allocating. What it holds is valid until the next wait into it.
 */
export class EpollEvents {
  /** How many events one wait can deliver. */
  readonly capacity: number
  readonly #words: Uint32Array
  readonly #registrations = new Registrations(this)
  readonly #id: number

  /**
   * @throws {RangeError} unless `capacity` is an integer from 1 to 1048576, or when 65536 arrays and buffers live in this
   *   thread: the collector frees forgotten ones, but only between turns of the event loop
   */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > 1048576) {
      throw new RangeError('EpollEvents: the capacity must be an integer from 1 to 1048576')
    }
    // Shared memory cannot be detached, which spares the addon a check at every wait.
    const memory = new SharedArrayBuffer(capacity * wordsPerEvent * 4)
    this.#id = this.#registrations.add(new Uint8Array(memory))
    this.#words = new Uint32Array(memory)
    this.capacity = capacity
  }

  /** Frees the array's place in the addon now. A later wait into it is a `RangeError`. A second call does nothing. */
  release(): void {
    this.#registrations.release()
  }

  [Symbol.dispose](): void {
    this.release()
  }

  /** What is ready at event `index`: bits of `EpollFlag`, unsigned. */
  flags(index: number): number {
    return this.#word(index, 0)
  }

  /** The low 32 bits of the token that the registration was given. */
  tokenLow(index: number): number {
    return this.#word(index, lowWord)
  }

  /** The high 32 bits of the token. */
  tokenHigh(index: number): number {
    return this.#word(index, lowWord + 1)
  }

  #word(index: number, word: number): number {
    const value = this.#words[index * wordsPerEvent + word]
    // A fraction of an index, multiplied, could name a word of another event, or beside the one meant.
    if (value === undefined || index >>> 0 !== index)
      throw new RangeError(`EpollEvents: there is no event ${index}`)
    return value
  }

  /** @internal The array's number in the addon. */
  static idOf(events: EpollEvents): number {
    if (typeof events !== 'object' || events === null || !(#id in events)) {
      ensureAvailable()
      throw new TypeError('the "events" argument must be an EpollEvents')
    }
    return events.#id
  }
}
