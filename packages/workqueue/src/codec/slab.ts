import { markAsUntransferable } from 'node:worker_threads'

/** Pieces up to a length are cut from slabs of a size: who sends or keeps one has to do with all of its slab. */
const SMALL = { piece: 256, slab: 8 * 1024 }
const LARGE = { piece: 4 * 1024, slab: 32 * 1024 }
const slabs = new WeakSet<object>()

/** Whether this is the memory of received byte arrays, whose views have nothing to do with each other. */
export function isSlab(buffer: object): boolean {
  return slabs.has(buffer)
}

/** The same bytes in memory of their own if they lie in a slab; any other value itself. */
export function outOfSlab(value: unknown): unknown {
  // Not everything with that prototype is a view.
  const isView = ArrayBuffer.isView(value) && value instanceof Uint8Array
  // No `slice`: that of a Buffer is another view.
  return isView && slabs.has(value.buffer) ? new Uint8Array(value) : value
}

/**
 * Ordinary memory for received bytes, cut from larger pieces: a fresh `ArrayBuffer` for each costs more than the
 * hand-off. As with Node's own Buffer pool the pieces share an `ArrayBuffer`, which therefore cannot be transferred.
 */
export class Slabs {
  readonly #small = new Slab(SMALL.slab)
  readonly #large = new Slab(LARGE.slab)

  /** Copies `length` bytes that lie at offset `at` of `memory`. */
  copy(memory: SharedArrayBuffer, at: number, length: number): Uint8Array {
    // On memory of its own: an empty piece of a slab that has none yet could be transferred away, and the slab with it.
    if (length === 0) return new Uint8Array(0)
    // Cheaper than `subarray`, which looks up a species.
    const bytes = new Uint8Array(memory, at, length)
    if (length <= SMALL.piece) return this.#small.copy(bytes)
    if (length <= LARGE.piece) return this.#large.copy(bytes)
    const own = new Uint8Array(length)
    own.set(bytes)
    return own
  }
}

class Slab {
  #bytes = new Uint8Array(0)
  #used = 0

  constructor(private readonly size: number) {}

  copy(bytes: Uint8Array): Uint8Array {
    const { length } = bytes
    if (this.#used + length > this.#bytes.length) {
      this.#bytes = new Uint8Array(this.size)
      this.#used = 0
      markAsUntransferable(this.#bytes.buffer)
      slabs.add(this.#bytes.buffer)
    }
    const start = this.#used
    this.#bytes.set(bytes, start)
    // Pieces start on 8 bytes, so that a reader may lay any typed array over one.
    this.#used = (start + length + 7) & -8
    return new Uint8Array(this.#bytes.buffer, start, length)
  }
}
