import { defineJobs } from '@rearm/workqueue'

/** Thread `index` comes up when word `index` of `data` is not 0. */
export default defineJobs(
  {
    init: async ({ index, data }) => {
      const words = new Int32Array(data)
      while (Atomics.load(words, index) === 0) await new Promise(setImmediate)
      return index
    },
  },
  {
    /** @param {undefined} _ */
    where: (_, { state }) => /** @type {number} */ (state),
    /** @param {SharedArrayBuffer} memory */
    hold: (memory) => {
      const words = new Int32Array(memory)
      Atomics.add(words, 1, 1)
      Atomics.wait(words, 0, 0)
    },
  },
)
