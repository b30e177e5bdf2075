import { defineJobs } from '@rearm/workqueue'

/** @param {SharedArrayBuffer} memory */
const arrive = (memory) => Atomics.add(new Int32Array(memory), 1, 1)

/** @param {SharedArrayBuffer} memory */
const report = (memory, isRight) => Atomics.store(new Int32Array(memory), 0, isRight ? 1 : 2)

const thrownBy = (action) => {
  try {
    action()
  } catch (error) {
    return error
  }
}

// Synchronous jobs: each stays until it sees its abort, and reports whether all that it can ask says the same.
export default defineJobs({
  /** @param {SharedArrayBuffer} memory */
  asksWithSignalInHand: (memory, ctx) => {
    const { signal } = ctx
    let fired = 0
    signal.addEventListener('abort', () => fired++)
    arrive(memory)
    while (!ctx.aborted) {}
    const isTold = signal.aborted && fired === 1
    const error = thrownBy(() => ctx.throwIfAborted())
    report(memory, isTold && error?.name === 'AbortError')
  },
  /** @param {SharedArrayBuffer} memory */
  throwsWithSignalInHand: (memory, ctx) => {
    const { signal } = ctx
    arrive(memory)
    let error
    while (error === undefined) error = thrownBy(() => ctx.throwIfAborted())
    report(memory, signal.aborted && error.name === 'AbortError')
  },
  /** @param {SharedArrayBuffer} memory */
  takesSignalAfterwards: (memory, ctx) => {
    arrive(memory)
    while (!ctx.aborted) {}
    const { signal } = ctx
    report(memory, signal.aborted && thrownBy(() => ctx.throwIfAborted()) === signal.reason)
  },
  /** @param {SharedArrayBuffer} memory */
  looksAtSignalOnly: (memory, ctx) => {
    ctx.signal
    arrive(memory)
    while (!ctx.signal.aborted) {}
    report(memory, ctx.aborted)
  },
})
