import { defineJobs } from '@rearm/workqueue'

/** The first start of thread 1 fails; `data` counts its starts. */
export default defineJobs(
  {
    init: ({ index, data }) => {
      if (index === 1 && Atomics.add(new Int32Array(data), 0, 1) === 0) throw new Error('hiccup')
    },
  },
  { echo: (value) => value },
)
