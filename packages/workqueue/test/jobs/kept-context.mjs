import { defineJobs } from '@rearm/workqueue'

let kept

/** A job's context is looked at when the job has ended. */
export default defineJobs({
  /** @param {'return' | 'throw' | 'promise' | 'rejection'} end */
  keep: (end, ctx) => {
    kept = ctx
    if (end === 'throw') throw new Error(end)
    if (end === 'promise') return Promise.resolve()
    if (end === 'rejection') return Promise.reject(new Error(end))
  },
  /** @param {SharedArrayBuffer} memory */
  keepUntilAborted: (memory, ctx) => {
    kept = ctx
    Atomics.add(new Int32Array(memory), 1, 1)
    while (!ctx.aborted) {}
  },
  /** @param {SharedArrayBuffer} memory */
  lookWhenAborted: (memory, ctx) => {
    const words = new Int32Array(memory)
    Atomics.add(words, 1, 1)
    while (!ctx.aborted) {}
    Atomics.store(words, 0, kept.aborted ? 1 : 2)
  },
  look: () => [kept.aborted, kept.signal.aborted],
  /** @param {SharedArrayBuffer} memory */
  hold: (memory) => {
    const words = new Int32Array(memory)
    Atomics.add(words, 1, 1)
    Atomics.wait(words, 0, 0)
  },
})
