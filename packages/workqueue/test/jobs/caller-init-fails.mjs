import { defineJobs } from '@rearm/workqueue'

/** `init` fails in the pushing thread alone. */
export default defineJobs(
  {
    init: ({ index }) => {
      if (index === -1) throw new RangeError('not here')
    },
  },
  {
    echo: (value) => value,
    /** @param {SharedArrayBuffer} memory */
    hold: (memory) => {
      const words = new Int32Array(memory)
      Atomics.add(words, 1, 1)
      Atomics.wait(words, 0, 0)
    },
  },
)
