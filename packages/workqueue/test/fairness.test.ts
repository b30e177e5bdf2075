import { describe, expect, it } from 'vitest'
import { basicQueue, Gate, Tally } from './support/queues.js'
import { until } from './support/until.js'

type Where = { key: string; thread: number; order: number }

describe('order', () => {
  it('[G46] one thread runs jobs in the order of their pushes, however many clients loop', async () => {
    const queue = basicQueue({ capacity: 5 })
    const pushed: string[] = []
    const ran: Where[] = []
    const client = async (id: number) => {
      for (let i = 0; i < 50; i++) {
        const key = `${id}:${i}`
        pushed.push(key)
        ran.push(await queue.run('where', key))
      }
    }
    await Promise.all(Array.from({ length: 20 }, (_, id) => client(id)))
    // A client pushes again only after its result: nobody can be passed by more than the others' one job each.
    const position = new Map(ran.sort((a, b) => a.order - b.order).map(({ key }, i) => [key, i]))
    expect(ran.length).toBe(1000)
    expect(pushed.map((key) => position.get(key))).toEqual(pushed.map((_, i) => i))
  })

  it('[G47] a higher priority goes first, passing jobs that already wait in a lane', async () => {
    const queue = basicQueue({ capacity: 100 })
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    const runs = [
      ...['a', 'b', 'c'].map((key) => queue.run('where', key)),
      queue.run('where', 'low', { priority: -1 }),
      queue.run('where', 'high', { priority: 1 }),
      queue.run('where', 'higher', { priority: 2 }),
      queue.run('where', 'd'),
    ]
    gate.open()
    const order = (await Promise.all(runs)).sort((a, b) => a.order - b.order)
    expect(order.map(({ key }) => key)).toEqual(['higher', 'high', 'a', 'b', 'c', 'd', 'low'])
    await held
  })

  it('[G47] a low priority does not starve: it is passed by at most 64 jobs per step', async () => {
    const queue = basicQueue({ capacity: 1000 })
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    const low = queue.run('where', 'low', { priority: -1 })
    const others = Array.from({ length: 300 }, (_, i) => queue.run('where', `n${i}`))
    gate.open()
    const first = Math.min(...(await Promise.all(others)).map(({ order }) => order))
    expect((await low).order - first).toBeLessThanOrEqual(64)
    await held
  })
})

describe('affinity', () => {
  it('keeps a key’s jobs on one thread and in order, and spreads keys', async () => {
    const queue = basicQueue({ threads: 3, capacity: 2000 })
    await queue.ready()
    const keys = Array.from({ length: 30 }, (_, i) => `key ${i}`)
    const runs: Promise<Where>[] = []
    for (let round = 0; round < 30; round++) {
      for (const key of keys) runs.push(queue.run('where', key, { affinity: key }))
      for (let i = 0; i < 5; i++) void queue.run('echo', i)
    }
    const byKey = new Map<string, Where[]>()
    for (const where of await Promise.all(runs)) {
      byKey.set(where.key, [...(byKey.get(where.key) ?? []), where])
    }
    for (const list of byKey.values()) {
      expect(new Set(list.map(({ thread }) => thread)).size).toBe(1)
      expect(list.map(({ order }) => order)).toEqual(
        list.map(({ order }) => order).sort((a, b) => a - b),
      )
    }
    expect(new Set([...byKey.values()].map(([first]) => first?.thread)).size).toBe(3)
    await queue.drained()
  })

  it('a key’s jobs survive the death of their thread, in order', async () => {
    const queue = basicQueue({ threads: 2 })
    const options = { affinity: 'k' }
    const killed = queue.run('exit', 1, options).catch((error: Error) => error.name)
    const runs = Array.from({ length: 20 }, () => queue.run('where', 'k', options))
    expect(await killed).toBe('WorkerExitError')
    const results = await Promise.all(runs)
    expect(new Set(results.map(({ thread }) => thread)).size).toBe(1)
    expect(results.map(({ order }) => order)).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })
})

describe('threads', () => {
  it('jobs handed out in advance move to a thread that has nothing to do', async () => {
    const queue = basicQueue({ threads: 2 })
    await queue.ready()
    // Short jobs teach the queue to hand many out at once.
    await Promise.all(Array.from({ length: 500 }, (_, i) => queue.run('echo', i)))
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    const others = Array.from({ length: 100 }, (_, i) => queue.run('echo', i))
    expect((await Promise.all(others)).length).toBe(100)
    gate.open()
    await held
  })

  it('resize starts and ends threads, and loses nothing', async () => {
    const queue = basicQueue({ threads: 1, capacity: 5 })
    const tally = new Tally()
    const runs = Array.from({ length: 200 }, (_, i) =>
      queue.run('count', tally.memory, i % 3 === 0 ? { affinity: i % 7 } : {}),
    )
    queue.resize(3)
    await queue.ready()
    expect(queue.stats().threads).toEqual({ target: 3, alive: 3, ready: 3 })
    queue.resize(1)
    await Promise.all(runs)
    expect(tally.value).toBe(200)
    await until(() => queue.stats().threads.alive === 1)
    expect(await queue.run('echo', 1)).toBe(1)
  })

  it('resize moves the bound with it', async () => {
    const queue = basicQueue({ threads: 1, capacity: 0 })
    const gate = new Gate()
    expect(queue.tryPush('hold', gate.memory)).toBe(true)
    expect(queue.tryPush('hold', gate.memory)).toBe(false)
    queue.resize(2)
    expect(queue.tryPush('hold', gate.memory)).toBe(true)
    expect(queue.tryPush('hold', gate.memory)).toBe(false)
    await gate.arrivals(2)
    gate.open()
    await queue.drained()
  })

  it('threads start on demand, and an idle one ends after idleTimeout', async () => {
    const queue = basicQueue({ threads: 4, idleTimeout: 5 })
    expect(queue.stats().threads.alive).toBe(0)
    await queue.run('echo', 1)
    await until(() => queue.stats().threads.alive === 0)
    expect(await queue.run('echo', 2)).toBe(2)
  })

  it('concurrency lets asynchronous jobs of one thread overlap, and no more than that', async () => {
    const queue = basicQueue({ concurrency: 3, abortGrace: Number.POSITIVE_INFINITY })
    const memory = new SharedArrayBuffer(8)
    const aborter = new AbortController()
    const runs = Array.from({ length: 5 }, () =>
      queue.run('waitForSignal', memory, { signal: aborter.signal }),
    )
    const results = Promise.allSettled(runs)
    await until(() => new Int32Array(memory)[1] === 3)
    expect(queue.stats()).toMatchObject({ running: 3, waiting: 2 })
    aborter.abort()
    expect((await results).every(({ status }) => status === 'rejected')).toBe(true)
    await until(() => new Int32Array(memory)[0] === 3)
    expect(new Int32Array(memory)[1]).toBe(3)
  })
})
