import { defineJobs, WorkQueue } from '@rearm/workqueue'

/** A queue inside a worker of a queue. */
export default defineJobs({
  sum: async (/** @type {number} */ n) => {
    const queue = new WorkQueue(new URL('./basic.mjs', import.meta.url), { threads: 1 })
    const parts = await Promise.all(
      Array.from({ length: n }, (_, i) => queue.run('add', { a: i, b: 1 })),
    )
    await queue.close()
    return parts.reduce((a, b) => a + b, 0)
  },
})
