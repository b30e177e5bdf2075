import { WorkQueue, type WorkQueueOptions } from '@rearm/workqueue'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type awaitedStart from './jobs/awaited-start.mjs'
import { type Basic, basic, basicQueue, Gate, Tally } from './support/queues.js'

/** How often this thread looks into shared memory while `act` runs. */
function looks(act: () => void): number {
  const spy = vi.spyOn(Atomics, 'load')
  try {
    act()
    return spy.mock.calls.length
  } finally {
    spy.mockRestore()
  }
}

/** A queue whose one thread is held, with `count` jobs behind that in its lane. */
async function held(count: number, options: WorkQueueOptions = {}) {
  const queue = basicQueue({ capacity: count, onError: () => {}, ...options })
  // Short jobs teach the queue to hand many out at once.
  for (let i = 0; i < 200; i++) await queue.run('echo', i)
  await queue.run('echo', 0, { priority: 1 })
  await queue.run('echo', 0, { priority: -1 })
  const gate = new Gate()
  const first = queue.run('hold', gate.memory)
  await gate.arrivals(1)
  const runs = Array.from({ length: count }, (_, n) => queue.run('where', `${n}`))
  return { queue, gate, first, runs }
}

describe('the cost of a push does not grow with what waits', () => {
  it('when there have been priorities, and none is left', async () => {
    const { queue, gate, first, runs } = await held(300, { capacity: 600 })
    const more: Promise<unknown>[] = []
    const count = looks(() => {
      for (let i = 0; i < 100; i++) more.push(queue.run('echo', i))
    })
    expect(count).toBeLessThan(1000)
    gate.open()
    await Promise.all([first, ...runs, ...more])
  })

  it('when it passes some of the jobs: the others are not looked at', async () => {
    const { queue, gate, first, runs } = await held(600, { capacity: 700 })
    let preferred: Promise<{ order: number }> | undefined
    const count = looks(() => {
      preferred = queue.run('where', 'preferred', { priority: 1 })
    })
    expect(count).toBeLessThan(300)
    gate.open()
    const orders = (await Promise.all(runs)).map(({ order }) => order)
    const order = (await preferred)?.order as number
    // It passes 63 jobs: its key is 64 less than its place in the order of acceptance.
    expect(orders.filter((other) => other > order).length).toBe(63)
    await first
  })

  it('when it displaces the oldest', async () => {
    const { queue, gate, first, runs } = await held(300, { onFull: 'discardOldest' })
    const more: Promise<unknown>[] = []
    const count = looks(() => {
      for (let i = 0; i < 100; i++) more.push(queue.run('echo', i))
    })
    expect(count).toBeLessThan(1000)
    gate.open()
    const outcomes = await Promise.allSettled(runs)
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array(100).fill('rejected'),
      ...Array(200).fill('fulfilled'),
    ])
    expect((await Promise.all(more)).length).toBe(100)
    await first
  })
})

describe('a thread that is still starting', () => {
  /** Threads that come up when the word of their index in `starts` is 1. */
  function queueOf(threads: number, ...up: number[]) {
    const workerData = new SharedArrayBuffer(4 * threads)
    const starts = new Int32Array(workerData)
    for (const index of up) starts[index] = 1
    const module = new URL('./jobs/awaited-start.mjs', import.meta.url)
    const queue = new WorkQueue<typeof awaitedStart>(module, { threads, workerData })
    onTestFinished(() => queue.close({ mode: 'discard', timeout: 0 }))
    return { queue, starts }
  }

  it('gets no job while one that is up has nothing to do', async () => {
    const { queue } = queueOf(2, 1)
    const ready = queue.ready().catch(() => {})
    expect(await queue.run('where', undefined, { affinity: 1 })).toBe(1)
    expect(queue.stats().threads).toEqual({ target: 2, alive: 2, ready: 1 })
    expect(await queue.run('where')).toBe(1)
    await queue.close()
    await ready
  })

  it('loses its jobs to one that has nothing to do any more, those that were pushed first before the others', async () => {
    const { queue } = queueOf(3, 0)
    await queue.run('where')
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    const order: string[] = []
    const runs = ['first', 'second'].map((name) =>
      queue.run('where').then((index) => order.push(`${name} on ${index}`)),
    )
    expect(queue.stats().threads).toEqual({ target: 3, alive: 3, ready: 1 })
    gate.open()
    await Promise.all([held, ...runs])
    expect(order).toEqual(['first on 0', 'second on 0'])
  })

  it('keeps the jobs that are bound to it', async () => {
    const { queue, starts } = queueOf(2, 0)
    await queue.run('where')
    const bound = queue.run('where', undefined, { affinity: 1 })
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    gate.open()
    await held
    expect(await queue.run('where')).toBe(0)
    starts[1] = 1
    expect(await bound).toBe(1)
  })

  it('takes its part as soon as it is up, though jobs were taken back from it', async () => {
    const { queue, starts } = queueOf(2, 0)
    await queue.run('where')
    const hold = async () => {
      const gate = new Gate()
      const held = queue.run('hold', gate.memory)
      await gate.arrivals(1)
      return { gate, held }
    }
    const first = await hold()
    const taken = queue.run('where')
    first.gate.open()
    expect(await taken).toBe(0)
    const second = await hold()
    const waiting = queue.run('where')
    starts[1] = 1
    expect(await waiting).toBe(1)
    second.gate.open()
    await Promise.all([first.held, second.held])
  })

  it('is started for each of several pushes at once, and has its job in hand', async () => {
    const { queue, starts } = queueOf(3)
    const runs = [1, 2, 3].map(() => queue.run('where'))
    expect(queue.stats().threads.alive).toBe(3)
    starts.fill(1)
    expect((await Promise.all(runs)).length).toBe(3)
  })
})

describe("'discardOldest'", () => {
  it('displaces by the order of acceptance, also where priorities have changed that of the runs', async () => {
    const { queue, gate, first } = await held(0, { capacity: 3, onFull: 'discardOldest' })
    const runs = [
      queue.run('echo', 'a'),
      queue.run('echo', 'b', { priority: 1 }),
      queue.run('echo', 'c', { priority: 2 }),
      queue.run('echo', 'd'),
      queue.run('echo', 'e'),
    ]
    gate.open()
    const outcomes = await Promise.allSettled(runs)
    expect(outcomes.map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ])
    await first
  })

  it.each<[string, (push: () => void) => void]>([
    ['a backlog', (push) => push()],
    ['a lane', queueMicrotask],
  ])('does not displace a job that waits in %s for its second run', async (_, soon) => {
    let pushed: Promise<PromiseSettledResult<unknown>[]> | undefined
    const queue: WorkQueue<Basic> = new WorkQueue(basic, {
      threads: 1,
      capacity: 1,
      onFull: 'discardOldest',
      onThreadExit: ({ wasStopped }) => {
        if (!wasStopped) soon(push)
      },
    })
    const push = () => {
      pushed = Promise.allSettled([queue.run('echo', 'a'), queue.run('echo', 'b')])
    }
    onTestFinished(() => queue.close({ mode: 'discard', timeout: 0 }))
    const tally = new Tally()
    expect(await queue.run('exitOnce', tally.memory)).toBe('done')
    expect(await pushed).toMatchObject([
      { reason: { reason: 'displaced', job: { input: 'a' } } },
      { value: 'b' },
    ])
  })
})
