// One face for every pool: `create(threads)` gives { run(job, input), close() }.
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const file = (name) => fileURLToPath(new URL(name, import.meta.url))

async function workqueue(threads) {
  const { WorkQueue } = await import('@rearm/workqueue')
  const queue = new WorkQueue(new URL('./workqueue-jobs.mjs', import.meta.url), { threads })
  return {
    queue,
    run: (job, input) => queue.run(job, input),
    close: () => queue.close(),
  }
}

function piscina(options) {
  return async (threads) => {
    const { Piscina } = await import('piscina')
    const pool = new Piscina({
      filename: file('./named-jobs.mjs'),
      minThreads: threads,
      maxThreads: threads,
      ...options,
    })
    return {
      run: (job, input) => pool.run(input, { name: job }),
      close: () => pool.close(),
    }
  }
}

async function tinypool(threads) {
  const { Tinypool } = await import('tinypool')
  const pool = new Tinypool({
    filename: file('./named-jobs.mjs'),
    minThreads: threads,
    maxThreads: threads,
  })
  return { run: (job, input) => pool.run(input, { name: job }), close: () => pool.destroy() }
}

async function workerpool(threads) {
  const { default: wp } = await import('workerpool')
  const pool = wp.pool(file('./workerpool-jobs.mjs'), {
    minWorkers: threads,
    maxWorkers: threads,
    workerType: 'thread',
  })
  return { run: (job, input) => pool.exec(job, [input]), close: () => pool.terminate() }
}

const DESTROY_MS = 5000

async function poolifier(threads) {
  const { FixedThreadPool } = await import('poolifier')
  const pool = new FixedThreadPool(threads, file('./poolifier-jobs.mjs'), {
    errorHandler: () => {},
  })
  return {
    run: (job, input) => pool.execute(input, job),
    // Now and then its promise stays pending, and holds nothing: the process would end in the middle of a suite.
    close: () => Promise.race([pool.destroy(), sleep(DESTROY_MS)]),
  }
}

/** The best setting found for small jobs: many tasks in each worker's hands. */
const PISCINA_BEST = { concurrentTasksPerWorker: 100 }

export const pools = {
  '@rearm/workqueue': workqueue,
  'piscina, default': piscina({}),
  'piscina, best': piscina(PISCINA_BEST),
  tinypool,
  workerpool,
  poolifier,
}
