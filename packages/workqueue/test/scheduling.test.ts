import { WorkQueue, type WorkQueueOptions } from '@rearm/workqueue'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
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
