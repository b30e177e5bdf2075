import { threadId } from 'node:worker_threads'
import { currentJob, defineJobs, idempotent, move } from '@rearm/workqueue'

let order = 0

export class DomainError extends Error {
  name = 'DomainError'
  code = 'E_DOMAIN'
  detail = { rows: [1, 2] }
}

/** @param {SharedArrayBuffer} memory */
function waitAt(memory) {
  const words = new Int32Array(memory)
  Atomics.add(words, 1, 1)
  Atomics.notify(words, 1)
  Atomics.wait(words, 0, 0)
}

export default defineJobs({
  /** @type {<T>(value: T) => T} */
  echo: (value) => value,
  /** @param {Uint8Array[]} views */
  fillFirst: ([first]) => first?.fill(7),
  /** @param {number} length */
  twoViews: (length) => {
    const buffer = new ArrayBuffer(length)
    return [new Uint8Array(buffer, 0, 1), new Uint8Array(buffer, 1)]
  },
  giveDetached: () => {
    const bytes = new Uint8Array(8)
    structuredClone(bytes, { transfer: [bytes.buffer] })
    return { bytes }
  },
  /** @param {{ a: number, b: number }} input */
  add: ({ a, b }) => a + b,
  /** @param {number} ms */
  later: async (ms) => {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return ms
  },
  /** @param {SharedArrayBuffer} memory */
  hold: (memory) => waitAt(memory),
  /** @param {{ memory: SharedArrayBuffer, now: number }} input */
  holdWith: ({ memory }) => waitAt(memory),
  /** @param {SharedArrayBuffer} memory */
  count: (memory) => Atomics.add(new Int32Array(memory), 0, 1) + 1,
  /** @param {string} key */
  where: (key) => ({ key, thread: threadId, order: order++ }),
  /** @param {unknown} value */
  raise: (value) => {
    throw value
  },
  raiseDomain: () => {
    throw new DomainError('out of domain', { cause: new RangeError('too large') })
  },
  raiseInherited: () => {
    throw new { toString: class extends Error {} }.toString('odd')
  },
  raiseLater: async () => {
    await null
    throw new TypeError('later')
  },
  giveFunction: () => ({ rows: [{ ok: 1 }, { callback: () => 1 }] }),
  /** @param {ArrayBuffer} buffer */
  moveBack: (buffer) => move({ length: buffer.byteLength, buffer }, [buffer]),
  /** @param {Uint8Array} bytes */
  moveInput: (bytes) => move(bytes, [/** @type {ArrayBuffer} */ (bytes.buffer)]),
  /** @param {import('node:worker_threads').Transferable[]} list */
  moveOddly: (list) => move(1, list),
  moveTwice: () => {
    const buffer = new ArrayBuffer(8)
    return move(1, [buffer, buffer])
  },
  /** @param {number} code */
  exit: (code) => process.exit(code),
  /** @param {unknown} value */
  exitAfterOther: (value) => {
    // The result is published before the thread goes.
    setImmediate(() => process.exit(7))
    return value
  },
  throwLater: () => {
    setImmediate(() => {
      throw new Error('uncaught, later')
    })
    return 'returned'
  },
  rejectUnhandled: () => {
    void Promise.reject(new Error('nobody listens'))
    return 'returned'
  },
  exhaust: () => {
    const kept = []
    for (;;) kept.push({ more: new Array(100).fill(Math.random()) })
  },
  exitOnce: idempotent((/** @type {SharedArrayBuffer} */ memory) => {
    if (Atomics.add(new Int32Array(memory), 0, 1) === 0) process.exit(5)
    return 'done'
  }),
  exitAlways: idempotent((/** @type {SharedArrayBuffer} */ memory) => {
    Atomics.add(new Int32Array(memory), 0, 1)
    process.exit(5)
  }),
  /** @param {SharedArrayBuffer} memory */
  spinUntilAborted: (memory, ctx) => {
    Atomics.add(new Int32Array(memory), 1, 1)
    while (!ctx.aborted) {}
    Atomics.add(new Int32Array(memory), 0, 1)
  },
  /** @param {SharedArrayBuffer} memory */
  waitForSignal: async (memory, ctx) => {
    // Listening before the arrival is told: an abort can only come afterwards.
    const aborted = new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
    Atomics.add(new Int32Array(memory), 1, 1)
    await aborted
    Atomics.add(new Int32Array(memory), 0, 1)
  },
  /** @param {SharedArrayBuffer} memory */
  spinForEver: (memory) => {
    Atomics.add(new Int32Array(memory), 1, 1)
    for (;;) {}
  },
  /** @param {SharedArrayBuffer} memory */
  hangAsync: async (memory) => {
    Atomics.add(new Int32Array(memory), 1, 1)
    await new Promise(() => {})
  },
  /** @param {string} text */
  print: (text) => {
    for (let i = 0; i < 100; i++) console.log(`${text} ${i}`)
  },
  /** @param {undefined} _ */
  context: async (_, ctx) => {
    await null
    return [ctx.context, currentJob()?.context]
  },
  thread: () => threadId,
})
