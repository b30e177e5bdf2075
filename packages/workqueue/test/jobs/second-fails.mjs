import { defineJobs } from '@rearm/workqueue'

/** Thread 1 does not start while the second word of `data` is 0; the first counts its attempts. */
export default defineJobs(
  {
    init: ({ index, data }) => {
      const words = new Int32Array(data)
      if (index !== 1) return
      Atomics.add(words, 0, 1)
      if (Atomics.load(words, 1) === 0) throw new Error('no')
    },
  },
  {
    echo: (value) => value,
    /** Stays until the first word of `memory` is 1, and counts its arrival in the second. */
    hold: (memory) => {
      const words = new Int32Array(memory)
      Atomics.add(words, 1, 1)
      Atomics.wait(words, 0, 0)
    },
  },
)
