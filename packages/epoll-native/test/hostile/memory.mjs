// The memory that is handed to calls: all kinds of it, some of which change between calls.
import { junk } from './junk.mjs'

const sizes = [0, 1, 2, 7, 8, 12, 16, 64, 132, 144, 300, 4096]

// Buffers that change their length.
const resizable = (bytes) => new ArrayBuffer(bytes, { maxByteLength: 65536 })
const growable = (bytes) => new SharedArrayBuffer(bytes, { maxByteLength: 65536 })

function detach(buffer) {
  structuredClone(buffer, { transfer: [buffer] })
}

export class Memory {
  #random
  #native
  #resizable = []
  #growable = []
  /** Numbers of registered buffers: alive, released, detached, resized. */
  ids = []
  #live = []

  constructor(random, native) {
    this.#random = random
    this.#native = native
    for (const bytes of [...sizes.slice(1), 65536]) {
      this.#register(new Uint8Array(bytes))
      this.#register(new Uint8Array(new SharedArrayBuffer(bytes)))
    }
    const tracking = this.#track(resizable(304))
    this.#register(new Uint8Array(tracking))
    this.#register(new Uint8Array(tracking, 8, 100))
    this.#register(new Uint8Array(this.#track(growable(304))))
    const gone = new Uint8Array(4096)
    this.#register(gone)
    detach(gone.buffer)
    const released = native.registerBuffer(new Uint8Array(16))
    native.releaseBuffer(released)
    this.ids.push(released)
  }

  #register(view) {
    const id = this.#native.registerBuffer(view)
    this.ids.push(id)
    this.#live.push(id)
  }

  #track(buffer) {
    ;(buffer instanceof ArrayBuffer ? this.#resizable : this.#growable).push(buffer)
    return buffer
  }

  /** Resizes what can be resized, as a program does between calls. */
  shift() {
    for (const buffer of this.#resizable) buffer.resize(8 * this.#random.integer(0, 8192))
    for (const buffer of this.#growable) {
      buffer.grow(this.#random.integer(buffer.byteLength, 65536))
    }
  }

  /** An array of the given kind over memory of some kind, `least` elements at least where that is possible. */
  view(Kind, least = 0) {
    const random = this.#random
    const count = least + random.pick(sizes)
    const bytes = count * Kind.BYTES_PER_ELEMENT
    switch (random.integer(0, 9)) {
      case 0:
        return new Kind(new SharedArrayBuffer(bytes))
      case 1:
        // Not aligned to anything, as far as the kind of array allows.
        return new Kind(new ArrayBuffer(bytes + 64), Kind.BYTES_PER_ELEMENT, count)
      case 2:
        return new Kind(this.#random.pick(this.#resizable))
      case 3:
        return new Kind(this.#random.pick(this.#growable), 0, 4)
      case 4: {
        const view = new Kind(count)
        detach(view.buffer)
        return view
      }
      case 5: {
        const buffer = resizable(65536)
        const view = new Kind(buffer, 64, 64)
        buffer.resize(random.pick([0, 8, 64, 65536]))
        return view
      }
      case 6:
        return new (class extends Kind {
          get buffer() {
            return new ArrayBuffer(1)
          }
          get length() {
            return 2 ** 31
          }
        })(count)
      default:
        return new Kind(count)
    }
  }

  /** Views that are none of the kind that was asked for. */
  wrong() {
    const random = this.#random
    const bytes = new ArrayBuffer(64)
    return random.pick([
      () => new DataView(bytes),
      () => new Uint8ClampedArray(bytes),
      () => new Int8Array(bytes),
      () => new Uint16Array(bytes),
      () => new Float32Array(bytes),
      () => new BigUint64Array(bytes),
      () => bytes,
      () => new SharedArrayBuffer(8),
      () => new Proxy(new Uint8Array(bytes), {}),
      () => Object.create(Uint8Array.prototype),
      () => [...new Uint8Array(8)],
      () => junk(random),
    ])()
  }

  dispose() {
    for (const id of this.#live) this.#native.releaseBuffer(id)
  }
}
