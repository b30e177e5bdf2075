import { ReactorFullError } from './errors.js'

/**
 * Which slots are free, and which were changed in the batch that is being dispatched. A slot that is freed during a batch
 * is given out again only after it: an event of the batch may still name it.
 */
export class SlotPool {
  readonly #capacity: number
  readonly #free: number[] = []
  readonly #freedInBatch: number[] = []
  readonly #changedIn: Uint32Array
  #fresh = 0
  // 0 in `changedIn` means never, so the first batch is 1.
  #batch = 1
  #inBatch = false

  constructor(capacity: number) {
    this.#capacity = capacity
    this.#changedIn = new Uint32Array(capacity)
  }

  /** @throws {ReactorFullError} */
  take(): number {
    const slot = this.#free.pop()
    if (slot !== undefined) return slot
    if (this.#fresh === this.#capacity) throw new ReactorFullError(this.#capacity)
    return this.#fresh++
  }

  /** Undoes a `take` that came to nothing. */
  putBack(slot: number): void {
    this.#free.push(slot)
  }

  giveBack(slot: number): void {
    this.markChanged(slot)
    if (this.#inBatch) this.#freedInBatch.push(slot)
    else this.#free.push(slot)
  }

  /** Remembers that events for the slot that are under way now are stale by our own doing. */
  markChanged(slot: number): void {
    this.#changedIn[slot] = this.#batch
  }

  /** Whether a stale event of this batch is explained by what was done since it was fetched. */
  changedInBatch(slot: number): boolean {
    return this.#changedIn[slot] === this.#batch
  }

  beginBatch(): void {
    this.#inBatch = true
    this.#batch = (this.#batch + 1) >>> 0 || 1
  }

  endBatch(): void {
    this.#inBatch = false
    for (const slot of this.#freedInBatch) this.#free.push(slot)
    this.#freedInBatch.length = 0
  }
}
