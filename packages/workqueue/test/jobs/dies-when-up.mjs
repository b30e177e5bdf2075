import { defineJobs } from '@rearm/workqueue'

/** One thread at a time comes up, while the word in `data` is 0, and what `init` has left behind ends it. */
export default defineJobs(
  {
    init: ({ data }) => {
      const words = new Int32Array(data)
      while (Atomics.compareExchange(words, 0, 0, 1) !== 0) Atomics.wait(words, 0, 1)
      setTimeout(() => {
        throw new Error('lost the database')
      }, 1)
    },
  },
  { echo: (value) => value },
)
