import { markAsUntransferable } from 'node:worker_threads'

const SLAB_BYTES = 64 * 1024
const LARGEST_PIECE = 4 * 1024
const slabs = new WeakSet<object>()

/** Whether the views of a buffer have nothing to do with each other: it is one of ours, or of Node's Buffer pool. */
export function isPool(buffer: ArrayBufferLike, view: Uint8Array): boolean {
  return slabs.has(buffer) || (Buffer.isBuffer(view) && buffer.byteLength === Buffer.poolSize)
}

/**
 * Ordinary memory for received bytes, cut from larger pieces: a fresh `ArrayBuffer` for each costs more than the
 * hand-off. As with Node's own Buffer pool the pieces share an `ArrayBuffer`, which therefore cannot be transferred.
 */
export class Slab {
  #bytes = new Uint8Array(0)
  #used = 0

  /** Copies `length` bytes that lie at offset `at` of `memory`. */
  copy(memory: SharedArrayBuffer, at: number, length: number): Uint8Array {
    // Cheaper than `subarray`, which looks up a species.
    const bytes = new Uint8Array(memory, at, length)
    if (length > LARGEST_PIECE) {
      const own = new Uint8Array(length)
      own.set(bytes)
      return own
    }
    if (this.#used + length > this.#bytes.length) {
      this.#bytes = new Uint8Array(SLAB_BYTES)
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
