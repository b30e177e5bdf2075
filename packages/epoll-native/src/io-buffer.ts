import { types } from 'node:util'
import { native } from './availability.js'

declare const brand: unique symbol

/** Names a registered `IoBuffer` in a call, instead of a `Uint8Array`. */
export type IoBufferId = number & { readonly [brand]: 'IoBufferId' }

/** What a call may read from or write to: a registered buffer's `id` (fastest), or any `Uint8Array`. */
export type IoMemory = IoBufferId | Uint8Array

/**
 * Memory that is registered with the addon once, so that a call passes integers only:
 *
 *     const buffer = new IoBuffer(65536)
 *     const count = read(fd, buffer.id, 0, 65536)
 *     const text = decoder.decode(buffer.bytes.subarray(0, count))
 *
 * Memory over a `SharedArrayBuffer` is the fastest: it cannot be detached, so that calls need not look.
 *
 * The memory stays alive, and the id valid, until `release()`; an id used later is a `RangeError`, as is the
 * id of memory that was transferred to another thread. Ids belong to the thread that registered them: to
 * share memory, register the same `SharedArrayBuffer` in each thread.
 */
export class IoBuffer {
  /** The memory itself. */
  readonly bytes: Uint8Array
  /** The number that stands for it in calls. */
  readonly id: IoBufferId
  #released = false

  /**
   * @param memory a size in bytes (new memory), or memory to register: at least one byte, of fixed length.
   * @throws {TypeError} for anything else, and for resizable, growable or detached memory.
   * @throws {RangeError} when 65536 buffers are registered in this thread already.
   */
  constructor(memory: number | ArrayBuffer | SharedArrayBuffer | Uint8Array) {
    this.bytes = toFixedBytes(memory)
    this.id = native.registerBuffer(this.bytes) as IoBufferId
  }

  get released(): boolean {
    return this.#released
  }

  /** Ends the registration. `bytes` stays usable. A second call does nothing. */
  release(): void {
    if (this.#released) return
    this.#released = true
    native.releaseBuffer(this.id)
  }

  [Symbol.dispose](): void {
    this.release()
  }
}

function toFixedBytes(memory: unknown): Uint8Array {
  const bytes = toBytes(memory)
  const { buffer } = bytes as { buffer: { resizable?: boolean; growable?: boolean } }
  if (buffer.resizable === true || buffer.growable === true) {
    throw new TypeError('IoBuffer: the memory must be of fixed length, and this can be resized')
  }
  return bytes
}

function toBytes(memory: unknown): Uint8Array {
  if (typeof memory === 'number') {
    // Uint8Array itself would make 1 of 1.5, and 0 of NaN.
    if (Number.isInteger(memory) && memory >= 1) return new Uint8Array(memory)
    throw new RangeError('IoBuffer: the size must be an integer of at least 1')
  }
  // Not instanceof: what another realm (node:vm) has made is as good.
  if (types.isUint8Array(memory)) return memory
  if (types.isAnyArrayBuffer(memory)) {
    return new Uint8Array(memory)
  }
  throw new TypeError(
    'IoBuffer: the memory must be a size in bytes, an ArrayBuffer, a SharedArrayBuffer or a Uint8Array',
  )
}
