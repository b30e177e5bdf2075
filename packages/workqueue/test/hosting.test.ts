import { type ThreadExitInfo, WorkQueue } from '@rearm/workqueue'
import { describe, expect, it } from 'vitest'
import type disposing from './jobs/disposing.mjs'
import { basicQueue, Gate, Tally } from './support/queues.js'
import { until } from './support/until.js'

describe('a host that lends things to threads', () => {
  it('is told of a thread’s end before its jobs are given to another', async () => {
    const exits: ThreadExitInfo[] = []
    let seen = 0
    const queue = basicQueue({
      onThreadExit: (exit) => {
        exits.push(exit)
        seen = queue.stats().completed
      },
    })
    await queue.ready()
    const lost = queue.run('exit', 7).catch((error: unknown) => error)
    const next = queue.run('where', 'next')
    expect(await lost).toMatchObject({ name: 'WorkerExitError', exitCode: 7 })
    const { thread } = await next
    expect(exits).toEqual([
      { index: 0, threadId: expect.any(Number), exitCode: 7, wasStopped: false },
    ])
    expect(exits[0]?.threadId).not.toBe(thread)
    expect(seen).toBe(0)
  })

  it('learns of threads that the queue itself has ended, and which they were', async () => {
    const exits: ThreadExitInfo[] = []
    const queue = basicQueue({ threads: 2, onThreadExit: (exit) => exits.push(exit) })
    await queue.ready()
    queue.resize(1)
    await until(() => exits.length > 0)
    expect(exits).toMatchObject([{ index: 1, exitCode: 0, wasStopped: true }])
    await queue.close()
    expect(exits.map(({ index }) => index)).toEqual([1, 0])
  })

  it('that throws when told is reported, and no job is lost', async () => {
    const errors: unknown[] = []
    const mistake = new Error('a mistake of the host')
    const queue = basicQueue({
      onError: (error) => errors.push(error),
      onThreadExit: () => {
        throw mistake
      },
    })
    await queue.ready()
    const lost = queue.run('exit', 1).catch(() => 'lost')
    expect(await queue.run('echo', 'kept')).toBe('kept')
    expect(await lost).toBe('lost')
    expect(errors).toEqual([mistake])
  })
})

describe('a host that sits elsewhere than on its event loop', () => {
  it('is roused by a thread that dies', async () => {
    const data = new SharedArrayBuffer(4)
    const rings = new Int32Array(data)
    const queue = basicQueue({ wake: { module: new URL('jobs/wake.mjs', import.meta.url), data } })
    await queue.ready()
    const before = Atomics.load(rings, 0)
    const lost = queue.run('exit', 3).catch((error: unknown) => error)
    await Promise.resolve()
    expect(Atomics.wait(rings, 0, before, 30_000)).not.toBe('timed-out')
    expect(await lost).toMatchObject({ name: 'WorkerExitError', exitCode: 3 })
  })

  it('lets a thread end in good order, of whose start it has not heard yet', async () => {
    const tally = new Tally()
    const queue = new WorkQueue<typeof disposing>(new URL('jobs/disposing.mjs', import.meta.url), {
      threads: 1,
      workerData: tally.memory,
    })
    const run = queue.run('echo', 1)
    // No turn of the event loop from the push to the close: the thread's word that it is ready has not been heard.
    for (const end = performance.now() + 50_000; performance.now() < end; ) {
      queue.park(1000)
      if (queue.stats().completed === 1) break
    }
    expect(queue.stats()).toMatchObject({ completed: 1, threads: { ready: 0 } })
    await queue.close()
    expect(tally.value).toBe(1)
    expect(await run).toBe(1)
  })
})

describe('a whole number as affinity', () => {
  it('names the thread, modulo their number, and a replacement has its place', async () => {
    const queue = basicQueue({ threads: 3, capacity: 100 })
    await queue.ready()
    const threadOf = async (affinity: number) => (await queue.run('where', '', { affinity })).thread
    const threads = [await threadOf(0), await threadOf(1), await threadOf(2)]
    expect(new Set(threads).size).toBe(3)
    expect([await threadOf(3), await threadOf(7), await threadOf(300_002)]).toEqual(threads)
    await queue.run('exit', 1, { affinity: 1 }).catch(() => {})
    const replaced = await threadOf(1)
    expect(threads).not.toContain(replaced)
    expect([await threadOf(0), await threadOf(4), await threadOf(2)]).toEqual([
      threads[0],
      replaced,
      threads[2],
    ])
  })
})

describe('park', () => {
  it('blocks while every thread is busy, and takes in what they return', async () => {
    const queue = basicQueue({ capacity: 100 })
    await queue.ready()
    let heard = 0
    const runs = Array.from({ length: 50 }, (_, i) => queue.run('echo', i).then(() => heard++))
    // No turn of the event loop: only park can have taken them in.
    for (const deadline = performance.now() + 50_000; performance.now() < deadline; ) {
      queue.park(1000)
      if (queue.stats().completed === 50) break
    }
    expect(queue.stats().completed).toBe(50)
    expect(heard).toBe(0)
    await Promise.all(runs)
  })

  it('returns when time is up, and later results are taken in as ever', async () => {
    const queue = basicQueue()
    await queue.ready()
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    const before = performance.now()
    queue.park(20)
    expect(performance.now() - before).toBeGreaterThanOrEqual(19)
    expect(queue.stats().completed).toBe(0)
    gate.open()
    await held
  })

  it('does not block while a thread is idle, is not started, or all jobs are done', async () => {
    const queue = basicQueue({ threads: 2, capacity: 100 })
    queue.park(2 ** 30)
    await queue.ready()
    queue.park(2 ** 30)
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    queue.park(2 ** 30)
    gate.open()
    await held
    queue.park(2 ** 30)
  })

  it('refuses a time that is none', () => {
    expect(() => basicQueue().park(-1)).toThrow(RangeError)
  })
})
