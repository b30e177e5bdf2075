import { defineJobs } from '@rearm/workqueue'

/** A thread ends only when the word in `data` is not 0. */
export default defineJobs(
  {
    init: ({ data }) => new Int32Array(data),
    dispose: async (words) => {
      while (Atomics.load(words, 0) === 0) await new Promise(setImmediate)
    },
  },
  { echo: (value) => value },
)
