import { native } from './availability.js'

function releaseAll(ids: readonly number[]): void {
  for (const id of ids) native.releaseBuffer(id)
}

// The addon pins what is registered: without this, the memory of owners that nobody released would stay for ever.
const forgotten = new FinalizationRegistry(releaseAll)

/** What an object has registered with the addon: until it is released, or the collector has taken the object. */
export class Registrations {
  readonly #ids: number[] = []

  constructor(owner: object) {
    forgotten.register(owner, this.#ids, this)
  }

  /** Returns the number of `view` in the addon. @throws {RangeError} when this thread has registered 65536 */
  add(view: Uint8Array): number {
    const id = native.registerBuffer(view)
    this.#ids.push(id)
    return id
  }

  /** Frees their places in the addon now. A second call does nothing. */
  release(): void {
    if (forgotten.unregister(this)) releaseAll(this.#ids)
  }
}
