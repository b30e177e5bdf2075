import type { Registration } from './registration.js'

/**
 * Tells owners that their registrations have ended, one after the other: an `onEnd` that ends others has returned when
 * theirs are called, so that a chain of any length takes no stack.
 */
export class Endings {
  readonly #untold: Registration[] = []
  readonly #threw: (error: unknown) => void
  #telling = false

  /** @param threw is told of what an `onEnd` threw */
  constructor(threw: (error: unknown) => void) {
    this.#threw = threw
  }

  /** Whether an `onEnd` is being called. */
  get telling(): boolean {
    return this.#telling
  }

  add(registration: Registration): void {
    if (registration.onEnd !== undefined) this.#untold.push(registration)
  }

  /** Calls the `onEnd` of all that have ended. Called when everything about their ends is done: it may do anything. */
  tell(): void {
    if (this.#telling || this.#untold.length === 0) return
    this.#telling = true
    // Those that are added meanwhile, too.
    for (const registration of this.#untold) {
      try {
        registration.onEnd?.(registration)
      } catch (error) {
        this.#threw(error)
      }
    }
    this.#untold.length = 0
    this.#telling = false
  }
}
