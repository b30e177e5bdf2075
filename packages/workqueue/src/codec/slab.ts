import { markAsUntransferable } from 'node:worker_threads'

const SLAB_BYTES = 64 * 1024
const LARGEST_PIECE = 4 * 1024

/**
 * Ordinary memory for received bytes, cut from larger pieces: a fresh `ArrayBuffer` for each costs more than the
 * hand-off. As with Node's own Buffer pool the pieces share an `ArrayBuffer`, which therefore cannot be transferred.
 */
export class Slab {
  #words = new Int32Array(0)
  #used = 0

  /** Copies `length` bytes that lie at the 4-aligned byte offset `at` of shared memory. */
  copy(bytes: Uint8Array, words: Int32Array, at: number, length: number): Uint8Array {
    if (length > LARGEST_PIECE) {
      const own = new Uint8Array(length)
      own.set(bytes.subarray(at, at + length))
      return own
    }
    const count = (length + 3) >>> 2
    if (this.#used + count > this.#words.length) {
      this.#words = new Int32Array(SLAB_BYTES >>> 2)
      this.#used = 0
      markAsUntransferable(this.#words.buffer)
    }
    const target = this.#words
    const from = at >> 2
    const to = this.#used
    for (let i = 0; i < count; i++) target[to + i] = words[from + i] as number
    // Pieces start on 8 bytes, so that a reader may lay any typed array over one.
    this.#used = (to + count + 1) & -2
    return new Uint8Array(target.buffer, to << 2, length)
  }
}
