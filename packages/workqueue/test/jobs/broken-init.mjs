import { defineJobs } from '@rearm/workqueue'

/** Fails as long as the flag in `data` is 0; counts its attempts. */
export default defineJobs(
  {
    init: ({ data }) => {
      const words = new Int32Array(data)
      Atomics.add(words, 1, 1)
      if (Atomics.load(words, 0) === 0) throw new RangeError('init is not ready')
    },
  },
  { echo: (/** @type {unknown} */ value) => value },
)
