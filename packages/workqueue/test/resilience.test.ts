import { JobAbortedError, UnserializableError } from '@rearm/workqueue'
import { describe, expect, it } from 'vitest'
import { basicQueue, Gate, queueOf } from './support/queues.js'
import { until } from './support/until.js'

describe('a start that fails beside a healthy thread', () => {
  it('is made again: jobs bound to that thread run, and ready() resolves', async () => {
    const workerData = new SharedArrayBuffer(4)
    const queue = queueOf('second-fails-once.mjs', { threads: 2, workerData })
    expect(await queue.run('echo', 0 as never, { affinity: 0 })).toBe(0)
    expect(await queue.run('echo', 1 as never, { affinity: 1 })).toBe(1)
    await queue.ready()
    expect(new Int32Array(workerData)[0]).toBe(2)
    expect(queue.stats().threads.ready).toBe(2)
  })
})

describe('a value that throws when it is looked into', () => {
  it.each(['thenGetter', 'throwsNull', 'keyWithoutPrototype', 'revoked'])(
    'as a result (%s) is the error of its job alone, the first one of its thread included',
    async (name) => {
      const queue = queueOf('hostile-results.mjs', { threads: 1 })
      await expect(queue.run(name, undefined as never)).rejects.toThrow()
      expect(await queue.run('echo', 'next' as never)).toBe('next')
      expect(queue.stats().threadExits).toBe(0)
    },
  )

  it('as an input is an UnserializableError, and its place is free again', async () => {
    const errors: unknown[] = []
    const queue = basicQueue({ capacity: 0, onError: (error) => errors.push(error) })
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    await expect(queue.run('echo', proxy)).rejects.toThrow(UnserializableError)
    await queue.push('echo', new Map([[Object.create(null), () => {}]]))
    expect(await queue.run('echo', 'next')).toBe('next')
    expect(errors).toEqual([expect.any(UnserializableError)])
  })

  it('and spoils while it waits takes nothing else with it', async () => {
    const queue = basicQueue({ capacity: 10 })
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    const { proxy, revoke } = Proxy.revocable({}, {})
    // More than a thread has in hand, so that some are looked at only when others have come back.
    const spoilt = Array.from({ length: 5 }, () => queue.run('echo', { proxy }))
    const behind = queue.run('echo', 'behind')
    revoke()
    gate.open()
    await held
    const outcomes = await Promise.allSettled(spoilt)
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    expect(await behind).toBe('behind')
  })
})

describe('one signal for a queued job and a waiting reservation', () => {
  it('settles each once: the place that the job leaves may be granted', async () => {
    const queue = basicQueue({ capacity: 1 })
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    const stop = new AbortController()
    const { signal } = stop
    const queued = queue.run('echo', 1, { signal })
    const reserved = queue.reserve({ signal })
    stop.abort()
    await expect(queued).rejects.toThrow(JobAbortedError)
    const permit = await reserved
    permit.release()
    gate.open()
    await held
  })
})

describe('a step of the hand-over that fails', () => {
  it('ends its thread and is the cause of its job’s error, not a fault of the module', async () => {
    const errors: unknown[] = []
    const queue = basicQueue({
      probe: new URL('./jobs/throwing-probe.mjs', import.meta.url),
      onError: (error) => errors.push(error),
    })
    await expect(queue.run('echo', 1)).rejects.toMatchObject({
      code: 'ERR_WORKER_EXIT',
      started: true,
      cause: { name: 'RangeError', message: 'a step has failed' },
    })
    expect(errors).toEqual([])
  })
})

describe('jobs behind a long one', () => {
  /** Thread 0 is held and has `count` jobs behind that; thread 1 does not come up while `starts[1]` is 0. */
  async function stuck(count: number, input: (n: number) => unknown) {
    const workerData = new SharedArrayBuffer(8)
    const starts = new Int32Array(workerData)
    const queue = queueOf('second-fails.mjs', { threads: 2, crashBudget: 10, workerData })
    const warm = Array.from({ length: 200 }, () => queue.run('echo', 0 as never, { affinity: 0 }))
    await Promise.all(warm)
    const gate = new Gate()
    const held = queue.run('hold', gate.memory as never, { affinity: 0 })
    await gate.arrivals(1)
    const behind = Array.from({ length: count }, (_, n) => queue.run('echo', input(n) as never))
    return { queue, starts, gate, held, behind }
  }

  it('move to a thread that comes up after it had failed to', async () => {
    const { starts, gate, held, behind } = await stuck(20, (n) => n)
    await until(() => (starts[0] as number) > 0)
    starts[1] = 1
    expect(await Promise.all(behind)).toEqual(Array.from({ length: 20 }, (_, n) => n))
    gate.open()
    await held
  })

  it('are not moved about while no thread may be started', async () => {
    let reads = 0
    const { queue, starts, gate, held, behind } = await stuck(10, () => ({
      // An input is read whenever it is handed out.
      get value() {
        return reads++
      },
    }))
    await until(() => (starts[0] as number) > 0)
    queue.resize(2)
    await until(() => (starts[0] as number) > 3)
    expect(reads).toBeLessThan(100)
    starts[1] = 1
    await Promise.all(behind)
    gate.open()
    await held
  })
})

describe('resize', () => {
  it('down lets a thread go when the last job that was bound to it is aborted', async () => {
    const queue = basicQueue({ threads: 2 })
    expect(await queue.run('echo', 0, { affinity: 0 })).toBe(0)
    const stop = new AbortController()
    const bound = queue.run('echo', 1, { affinity: 1, signal: stop.signal })
    queue.resize(1)
    expect(queue.stats().threads.alive).toBe(2)
    stop.abort()
    await expect(bound).rejects.toThrow(JobAbortedError)
    await until(() => queue.stats().threads.alive === 1)
  })

  it('down is what ready() then waits for', async () => {
    const queue = basicQueue({ threads: 2 })
    const ready = queue.ready()
    queue.resize(1)
    await ready
  })

  it('up takes over what waits behind a long job', async () => {
    const queue = basicQueue({ threads: 1, capacity: 500 })
    await Promise.all(Array.from({ length: 200 }, (_, i) => queue.run('echo', i)))
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    const behind = Array.from({ length: 50 }, (_, i) => queue.run('echo', i))
    await gate.arrivals(1)
    queue.resize(2)
    expect((await Promise.all(behind)).length).toBe(50)
    gate.open()
    await held
  })
})
