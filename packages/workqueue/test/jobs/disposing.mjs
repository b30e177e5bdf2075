import { defineJobs } from '@rearm/workqueue'

export default defineJobs(
  {
    /** @param {{ data: unknown }} start */
    init: ({ data }) => data,
    /** Counts itself, or never ends, as `workerData` says. */
    dispose: async (data) => {
      if (data === 'never') await new Promise(() => {})
      if (data instanceof SharedArrayBuffer) Atomics.add(new Int32Array(data), 0, 1)
    },
  },
  {
    /** @type {<T>(value: T) => T} */
    echo: (value) => value,
    /** @param {SharedArrayBuffer} memory */
    hold: (memory) => {
      const words = new Int32Array(memory)
      Atomics.add(words, 1, 1)
      Atomics.notify(words, 1)
      Atomics.wait(words, 0, 0)
    },
  },
)
