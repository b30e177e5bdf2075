import { JobModuleError, WorkerExitError, WorkQueue } from '@rearm/workqueue'
import { describe, expect, it, onTestFinished } from 'vitest'
import { basicQueue, Gate, Tally } from './support/queues.js'
import { until } from './support/until.js'

const module = (name: string) => new URL(`./jobs/${name}`, import.meta.url)
interface Echo {
  readonly [name: string]: (value: never) => unknown
  readonly echo: (value: unknown) => unknown
}

describe('a thread that dies', () => {
  it.each([0, 1, 3])(
    '[E27] [E32] process.exit(%i) rejects its job, and the jobs behind it run without a push',
    async (code) => {
      const queue = basicQueue()
      const before = queue.run('echo', 'before')
      const killed = queue.run('exit', code)
      const behind = [1, 2, 3].map((n) => queue.run('echo', n))
      const error = await killed.catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(WorkerExitError)
      expect(error).toMatchObject({
        code: 'ERR_WORKER_EXIT',
        exitCode: code,
        started: true,
        job: { name: 'exit', input: code },
      })
      expect(await before).toBe('before')
      expect(await Promise.all(behind)).toEqual([1, 2, 3])
      expect(queue.stats()).toMatchObject({ lost: 1, completed: 4, threadExits: 1, waiting: 0 })
    },
  )

  it('[E28] an uncaught throw after a job rejects the job that runs then, with its cause', async () => {
    const queue = basicQueue({ concurrency: 2 })
    const running = queue.run('hangAsync', new SharedArrayBuffer(8))
    const thrower = queue.run('throwLater')
    await expect(running).rejects.toMatchObject({
      code: 'ERR_WORKER_EXIT',
      started: true,
      exitCode: 1,
      cause: { message: 'uncaught, later' },
    })
    expect(await thrower).toBe('returned')
    expect(await queue.run('echo', 1)).toBe(1)
  })

  it('[E29] so does an unhandled rejection', async () => {
    const queue = basicQueue({ concurrency: 2 })
    const running = queue.run('hangAsync', new SharedArrayBuffer(8))
    const rejecter = queue.run('rejectUnhandled')
    await expect(running).rejects.toMatchObject({ cause: { message: 'nobody listens' } })
    expect(await rejecter).toBe('returned')
    expect(await queue.run('echo', 1)).toBe(1)
  })

  it('[E30] running out of memory by small objects is a WorkerExitError', async () => {
    const queue = basicQueue({ worker: { resourceLimits: { maxOldGenerationSizeMb: 16 } } })
    const error = await queue.run('exhaust').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(WorkerExitError)
    expect(error).toMatchObject({ started: true, cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' } })
    expect(await queue.run('echo', 1)).toBe(1)
  })

  it('[E33] a result published just before the exit is delivered', async () => {
    const queue = basicQueue()
    const runs = [1, 2, 3].map((n) => queue.run('exitAfterOther', n).catch(() => 'lost'))
    expect(await runs[0]).toBe(1)
    await Promise.all(runs)
    expect(await queue.run('echo', 4)).toBe(4)
  })

  it.each([
    ['claimed', 'lost'],
    ['finished', 'lost'],
    ['committed', 'lost'],
  ])('[B16] killed when a job is %s: that job alone is lost, once', async (point) => {
    const queue = basicQueue({
      probe: module('probe.mjs'),
      worker: { env: { KILL_AT: point, KILL_COUNT: '3' } },
    })
    const tally = new Tally()
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => queue.run('count', tally.memory)),
    )
    const lost = results.filter(({ status }) => status === 'rejected')
    // Each thread of this environment dies at its third job.
    expect(lost.length).toBe(2)
    for (const result of lost) {
      expect(result).toMatchObject({
        reason: { code: 'ERR_WORKER_EXIT', started: true, exitCode: 66 },
      })
    }
    expect(tally.value).toBe(point === 'claimed' ? 6 : 8)
    expect(results.map(({ status }) => status === 'rejected')).toEqual([
      false,
      false,
      true,
      false,
      false,
      true,
      false,
      false,
    ])
  })

  it.each(['claimed', 'finished', 'committed'])(
    '[B16] terminated when a job is %s: what is behind it runs on another thread, once',
    async (point) => {
      const queue = basicQueue({
        abortGrace: 0,
        probe: module('probe-stands.mjs'),
        worker: { env: { STAND_AT: point, STAND_COUNT: '2' } },
      })
      const tally = new Tally()
      const aborter = new AbortController()
      const first = queue.run('count', tally.memory)
      const second = queue.run('count', tally.memory, { signal: aborter.signal })
      const third = queue.run('count', tally.memory)
      expect(await first).toBe(1)
      const counted = point === 'claimed' ? 1 : 2
      await until(() => queue.stats().running === 1 && tally.value === counted)
      aborter.abort()
      await expect(second).rejects.toMatchObject({ code: 'ERR_JOB_ABORTED' })
      expect(await third).toBe(counted + 1)
      expect(queue.stats().threadExits).toBe(1)
    },
  )

  it('[B15] terminate() of a thread that runs a job loses nothing that waits', async () => {
    const queue = basicQueue({ threads: 2, abortGrace: 0 })
    await queue.ready()
    const aborter = new AbortController()
    const memory = new SharedArrayBuffer(8)
    const stuck = queue.run('spinForEver', memory, { signal: aborter.signal })
    await until(() => new Int32Array(memory)[1] === 1)
    const tally = new Tally()
    const runs = Array.from({ length: 200 }, () => queue.run('count', tally.memory))
    aborter.abort()
    await expect(stuck).rejects.toMatchObject({ code: 'ERR_JOB_ABORTED' })
    expect((await Promise.all(runs)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 200 }, (_, i) => i + 1),
    )
  })

  it('many deaths in a row lose only the jobs that killed', async () => {
    const queue = basicQueue({ threads: 2, capacity: 1000 })
    const tally = new Tally()
    const runs = Array.from({ length: 60 }, (_, i) =>
      i % 6 === 5 ? queue.run('exit', 1) : queue.run('count', tally.memory),
    )
    const results = await Promise.allSettled(runs)
    expect(results.map(({ status }) => status)).toEqual(
      results.map((_, i) => (i % 6 === 5 ? 'rejected' : 'fulfilled')),
    )
    expect(tally.value).toBe(50)
  })
})

describe('[E35] retries', () => {
  it('an idempotent job is run again when its thread died under it', async () => {
    const queue = basicQueue()
    const tally = new Tally()
    expect(await queue.run('exitOnce', tally.memory)).toBe('done')
    expect(tally.value).toBe(2)
    expect(queue.stats().retried).toBe(1)
  })

  it('not more often than `retries` says, and never a job that was not declared so', async () => {
    const queue = basicQueue({ retries: 2 })
    const tally = new Tally()
    await expect(queue.run('exitAlways', tally.memory)).rejects.toBeInstanceOf(WorkerExitError)
    expect(tally.value).toBe(3)
    await expect(queue.run('exit', 9)).rejects.toMatchObject({ exitCode: 9 })
    expect(queue.stats()).toMatchObject({ retried: 2, threadExits: 4 })
    const never = basicQueue({ retries: 0 })
    await expect(never.run('exitAlways', tally.memory)).rejects.toBeInstanceOf(WorkerExitError)
    expect(tally.value).toBe(4)
  })
})

describe('[E31] a module that does not come up', () => {
  const broken = (name: string, options = {}) => {
    const queue = new WorkQueue<Echo>(module(name), { threads: 2, capacity: 5, ...options })
    onTestFinished(() => queue.close({ mode: 'discard', timeout: 0 }))
    return queue
  }

  it.each([
    ['broken-load.mjs', 'this module never loads'],
    ['does-not-exist.mjs', 'does-not-exist'],
    ['no-jobs.mjs', undefined],
  ])(
    '%s: every job is told what failed, and threads are not respawned for ever',
    async (name, message) => {
      const queue = broken(name)
      const runs = Array.from({ length: 20 }, (_, i) => queue.run('echo', i))
      for (const result of await Promise.allSettled(runs)) {
        const { reason } = result as PromiseRejectedResult
        expect(reason).toBeInstanceOf(JobModuleError)
        expect(reason.code).toBe('ERR_JOB_MODULE')
        expect(reason.module).toMatch(name)
        if (message !== undefined) expect(String(reason.cause)).toMatch(message)
      }
      expect(queue.stats().threadExits).toBeLessThanOrEqual(4)
    },
  )

  it.each<[string, object]>([
    ['options that Node does not accept', { worker: { execArgv: ['--no-such-option'] } }],
    ['workerData that cannot be cloned', { workerData: () => {} }],
  ])('%s: the jobs are told', async (_, options) => {
    const queue = broken('basic.mjs', options)
    const runs = [1, 2].map((n) => queue.run('echo', n))
    for (const result of await Promise.allSettled(runs)) {
      expect(result).toMatchObject({
        reason: { code: 'ERR_JOB_MODULE', failure: 'the worker thread could not be created' },
      })
    }
    expect(queue.stats()).toMatchObject({ waiting: 0, threads: { alive: 0 } })
    await queue.close()
  })

  it('a failing init is told apart, and the queue recovers when init does', async () => {
    const data = new SharedArrayBuffer(8)
    const flags = new Int32Array(data)
    const queue = broken('broken-init.mjs', { workerData: data, crashBudget: 2, threads: 1 })
    const error = await queue.run('echo', 1).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'ERR_JOB_MODULE',
      failure: 'init() of the job module failed',
      cause: { name: 'RangeError', message: 'init is not ready' },
    })
    expect(flags[1]).toBe(2)
    flags[0] = 1
    let answer: unknown
    await until(() => {
      void queue.run('echo', 5).then(
        (value) => {
          answer = value
        },
        () => {},
      )
      return answer === 5
    })
  })
})

describe('a gate keeps its promise', () => {
  it('a job that had not begun when its thread died is run elsewhere, not rejected', async () => {
    const queue = basicQueue()
    const gate = new Gate()
    const tally = new Tally()
    const held = queue.run('hold', gate.memory, { timeout: 1 })
    const behind = queue.run('count', tally.memory)
    await expect(held).rejects.toMatchObject({ code: 'ERR_JOB_TIMEOUT', phase: 'run' })
    await until(() => queue.stats().threadExits === 1)
    expect(await behind).toBe(1)
  })
})
