// The pools of the overload, each with one thread: `open[name](capacity)` gives { run(job, input) }, and ours more.
import { fileURLToPath } from 'node:url'

const file = (path) => fileURLToPath(new URL(path, import.meta.url))

function piscina(options) {
  return async (capacity) => {
    const { Piscina } = await import('piscina')
    const pool = new Piscina({
      filename: file('./overload-named.mjs'),
      minThreads: 1,
      maxThreads: 1,
      ...options(capacity),
    })
    return { run: (job, input) => pool.run(input, { name: job }) }
  }
}

export const open = {
  '@rearm/workqueue': async (capacity) => {
    const { WorkQueue } = await import('@rearm/workqueue')
    const queue = new WorkQueue(file('./overload-workqueue.mjs'), {
      threads: 1,
      capacity,
      onFull: 'reject',
    })
    return { queue, run: (job, input) => queue.run(job, input) }
  },
  'piscina, default': piscina(() => ({})),
  'piscina, maxQueue': piscina((maxQueue) => ({ maxQueue })),
  tinypool: async () => {
    const { Tinypool } = await import('tinypool')
    const pool = new Tinypool({
      filename: file('./overload-named.mjs'),
      minThreads: 1,
      maxThreads: 1,
    })
    return { run: (job, input) => pool.run(input, { name: job }) }
  },
  workerpool: async () => {
    const { default: wp } = await import('workerpool')
    const pool = wp.pool(file('./overload-workerpool.mjs'), { maxWorkers: 1, workerType: 'thread' })
    return { run: (job, input) => pool.exec(job, [input]) }
  },
  poolifier: async () => {
    const { FixedThreadPool } = await import('poolifier')
    const pool = new FixedThreadPool(1, file('./overload-poolifier.mjs'))
    return { run: (job, input) => pool.execute(input, job) }
  },
}
