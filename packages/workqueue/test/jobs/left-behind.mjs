import { pbkdf2, randomBytes } from 'node:crypto'
import { deflate } from 'node:zlib'
import { defineJobs } from '@rearm/workqueue'

/** @param {SharedArrayBuffer} memory */
const signal = (memory) => () => {
  Atomics.store(new Int32Array(memory), 0, 1)
}

// Each returns at once and leaves work on its event loop that takes longer than a turn of it.
export default defineJobs({
  /** @param {SharedArrayBuffer} memory */
  compress: (memory) => {
    deflate(Buffer.alloc(1 << 22), signal(memory))
  },
  /** @param {SharedArrayBuffer} memory */
  random: (memory) => {
    randomBytes(1 << 23, signal(memory))
  },
  /** @param {SharedArrayBuffer} memory */
  derive: (memory) => {
    pbkdf2('secret', 'salt', 20_000, 32, 'sha256', signal(memory))
  },
  /** @param {SharedArrayBuffer} memory */
  compile: (memory) => {
    void WebAssembly.compile(Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])).then(signal(memory))
  },
  /** @param {SharedArrayBuffer} memory */
  timer: (memory) => {
    setTimeout(signal(memory), 20).unref()
  },
  /** @param {SharedArrayBuffer} memory */
  chain: (memory) => {
    const next = (/** @type {number} */ left) => () => {
      if (left === 0) signal(memory)()
      else pbkdf2('secret', 'salt', 5000, 32, 'sha256', next(left - 1))
    }
    next(20)()
  },
})
