// One cell of the crash matrix: prints what became of each job.
import { fileURLToPath } from 'node:url'

const [name, death] = process.argv.slice(2)
process.env.POOL_DEATH = death
const file = (path) => fileURLToPath(new URL(path, import.meta.url))
const resourceLimits = { maxOldGenerationSizeMb: 24 }

const open = {
  '@rearm/workqueue': async () => {
    const { WorkQueue } = await import('@rearm/workqueue')
    const queue = new WorkQueue(file('./fatal-workqueue.mjs'), {
      threads: 1,
      abortGrace: 0,
      worker: { resourceLimits },
      ...(death === 'claimed' ? { probe: file('./kill-probe.mjs') } : {}),
    })
    return {
      run: (job, input, signal) => queue.run(job, input, signal && { signal }),
      close: () => queue.close(),
    }
  },
  'piscina, default': async () => {
    const { Piscina } = await import('piscina')
    const pool = new Piscina({
      filename: file('./fatal-named.mjs'),
      maxThreads: 1,
      minThreads: 1,
      resourceLimits,
    })
    pool.on('error', () => {})
    return {
      run: (job, input, signal) => pool.run(input, { name: job, signal }),
      close: () => pool.close(),
    }
  },
  tinypool: async () => {
    const { Tinypool } = await import('tinypool')
    const pool = new Tinypool({
      filename: file('./fatal-named.mjs'),
      maxThreads: 1,
      minThreads: 1,
      resourceLimits,
    })
    return {
      run: (job, input, signal) => pool.run(input, { name: job, signal }),
      close: () => pool.destroy(),
    }
  },
  workerpool: async () => {
    const { default: wp } = await import('workerpool')
    const pool = wp.pool(file('./fatal-workerpool.mjs'), {
      maxWorkers: 1,
      workerType: 'thread',
      workerThreadOpts: { resourceLimits },
    })
    return {
      run: (job, input, signal) => {
        const promise = pool.exec(job, [input])
        signal?.addEventListener('abort', () => promise.cancel())
        return promise
      },
      close: () => pool.terminate(),
    }
  },
  poolifier: async () => {
    const { FixedThreadPool } = await import('poolifier')
    const pool = new FixedThreadPool(1, file('./fatal-poolifier.mjs'), {
      errorHandler: () => {},
      workerOptions: { resourceLimits },
    })
    return {
      run: (job, input, signal) => pool.execute(input, job, signal),
      close: () => pool.destroy(),
    }
  },
}

process.on('unhandledRejection', () => {})
process.on('uncaughtException', () => {})
const deadline = (promise, ms) =>
  Promise.race([
    promise.then(
      () => 'ok',
      (error) => `rejected (${error?.name ?? 'Error'})`,
    ),
    new Promise((resolve) => setTimeout(resolve, ms, 'NEVER SETTLES')),
  ])

const pool = await open[name]()
const aborter = new AbortController()
const before = pool.run('ok', 1)
const fatalJob = death === 'load' ? 'ok' : death
const victim = pool.run(fatalJob, 1, death === 'abort' ? aborter.signal : undefined)
const behind = [pool.run('ok', 2), pool.run('ok', 3)]
if (death === 'abort') setTimeout(() => aborter.abort(), 500)
const outcomes = await Promise.all(
  [before, victim, ...behind].map((promise) => deadline(Promise.resolve(promise), 4000)),
)
const closing = await deadline(Promise.resolve(pool.close()), 4000)
const [first, fate, ...others] = outcomes
console.log(
  `before: ${first}; the job: ${fate}; behind: ${others.join(', ')}; shutdown: ${closing}`,
)
process.exit()
