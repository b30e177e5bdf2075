// What holds for a second after the budget is used up, or of a thread that dies within a second: no second passes here by itself.
import { describe, expect, it, vi } from 'vitest'
import { JobModuleError } from '../src/errors.js'
import type { Engine } from '../src/queue/engine.js'
import { engineOf } from './support/engine.js'
import { pass, withoutPauses } from './support/virtual-time.js'

vi.mock('../src/clock.js', async () => (await import('./support/virtual-time.js')).clock)
vi.mock('node:timers', async (original) =>
  (await import('./support/virtual-time.js')).timers(await original()),
)

const echo = (engine: Engine, value: unknown, affinity?: number) =>
  engine.run('echo', value, affinity === undefined ? undefined : { affinity })

describe('[E31] while the crash budget is used up', () => {
  it.each(['broken-load.mjs', 'does-not-exist.mjs', 'no-jobs.mjs'])(
    'a job is refused without another attempt, and a second later there is one (%s)',
    async (name) => {
      const engine = engineOf(name, { threads: 2, capacity: 5 })
      const runs = Array.from({ length: 20 }, (_, i) => echo(engine, i))
      for (const result of await withoutPauses(Promise.allSettled(runs))) {
        expect((result as PromiseRejectedResult).reason).toBeInstanceOf(JobModuleError)
      }
      expect(engine.stats().threadExits).toBe(3)
      await expect(echo(engine, 1)).rejects.toBeInstanceOf(JobModuleError)
      await expect(engine.ready()).rejects.toBeInstanceOf(JobModuleError)
      expect(engine.stats().threadExits).toBe(3)
      pass(1000)
      await expect(echo(engine, 1)).rejects.toBeInstanceOf(JobModuleError)
      expect(engine.stats().threadExits).toBe(4)
    },
  )

  it('tryPush is false, and nothing is reported', async () => {
    const errors: unknown[] = []
    const onError = (error: unknown) => errors.push(error)
    const engine = engineOf('broken-load.mjs', { crashBudget: 1, onError })
    await expect(echo(engine, 1)).rejects.toMatchObject({ code: 'ERR_JOB_MODULE' })
    expect(engine.tryPush('echo', 2, undefined)).toBe(false)
    await new Promise((resolve) => setImmediate(resolve))
    expect(errors).toEqual([])
  })

  it('beside a healthy thread what is bound to the other one is rejected, and nothing else', async () => {
    const workerData = new SharedArrayBuffer(8)
    const starts = new Int32Array(workerData)
    const engine = engineOf('second-fails.mjs', { threads: 2, crashBudget: 2, workerData })
    expect(await echo(engine, 0, 0)).toBe(0)
    const bound = [1, 2].map((n) => echo(engine, n, 1))
    for (const result of await withoutPauses(Promise.allSettled(bound))) {
      expect(result).toMatchObject({ reason: { code: 'ERR_JOB_MODULE', cause: { message: 'no' } } })
    }
    expect(starts[0]).toBe(2)
    // For a second nothing more is let in for that thread; the other one serves everybody else.
    expect(engine.tryPush('echo', 3, { affinity: 1 })).toBe(false)
    await expect(echo(engine, 4, 1)).rejects.toThrow('init()')
    await expect(engine.ready()).rejects.toMatchObject({ code: 'ERR_JOB_MODULE' })
    expect(await echo(engine, 5, 0)).toBe(5)
    const others = Array.from({ length: 20 }, (_, n) => echo(engine, n))
    expect((await Promise.all(others)).length).toBe(20)
    expect(starts[0]).toBe(2)
  })
})

it('the crash budget is used up by threads that come up only to die: ready() rejects, and none is started for ever', async () => {
  const workerData = new SharedArrayBuffer(4)
  const isUp = new Int32Array(workerData)
  const engine = engineOf('dies-when-up.mjs', {
    threads: 2,
    workerData,
    onThreadExit: () => {
      Atomics.store(isUp, 0, 0)
      Atomics.notify(isUp, 0)
    },
  })
  const error = await withoutPauses(engine.ready()).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(JobModuleError)
  expect(error).toMatchObject({
    failure: expect.stringMatching('as soon as it was up'),
    cause: { message: 'lost the database' },
  })
  expect(engine.stats().threadExits).toBe(3)
  await expect(engine.ready()).rejects.toBeInstanceOf(JobModuleError)
})
