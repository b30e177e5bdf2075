import { Worker } from 'node:worker_threads'
import { SpscRing, StampedRing } from '@rearm/workqueue/ring'
import { describe, expect, it } from 'vitest'
import { WORD } from '../src/ring/stamped-layout.js'
import { until } from './support/until.js'

const file = new URL('./threads/ring-worker.mjs', import.meta.url)

function start(data: object): Promise<unknown> {
  const worker = new Worker(file, { workerData: data })
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

async function transfer(producers: number, consumers: number, capacity: number, seed: number) {
  const count = Math.floor(6000 / producers)
  const memory = StampedRing.allocate({ capacity, slotBytes: 8 })
  const ring = new StampedRing(memory, { owner: 1000 })
  const side = (role: string, n: number, first: number) =>
    Array.from({ length: n }, (_, i) =>
      start({ role, id: first + i, count, memory, seed: seed && seed + first + i }),
    )
  const taken = side('consumer', consumers, 100)
  await Promise.all(side('producer', producers, 1))
  ring.close()
  return { count, seen: (await Promise.all(taken)) as number[][] }
}

describe('StampedRing between threads', () => {
  it.each([
    [1, 1, 4],
    [3, 1, 2],
    [1, 3, 2],
    [2, 2, 1],
    [2, 2, 64],
  ])(
    '[B10] %i producers, %i consumers, capacity %i: every record once, each producer in order',
    async (p, c, capacity) => {
      const { count, seen } = await transfer(p, c, capacity, 0)
      const all = new Map<number, number[]>()
      for (const list of seen) {
        const last = new Map<number, number>()
        for (let i = 0; i < list.length; i += 2) {
          const [id = 0, value = 0] = list.slice(i, i + 2)
          expect(value).toBeGreaterThan(last.get(id) ?? -1)
          last.set(id, value)
          all.set(id, [...(all.get(id) ?? []), value])
        }
      }
      expect(all.size).toBe(p)
      const every = Array.from({ length: count }, (_, i) => i)
      for (const values of all.values()) expect(values.sort((a, b) => a - b)).toEqual(every)
    },
  )

  it('[B11] a completed push makes a pop succeed', async () => {
    const memory = StampedRing.allocate({ capacity: 4, slotBytes: 8 })
    const side = (id: number) => start({ role: 'linear', id, count: 5000, memory, seed: 0 })
    await expect(Promise.all([side(1), side(2), side(3)])).resolves.toEqual(Array(3).fill('done'))
  })

  it('[B12] every record exactly once under random pauses', async () => {
    const { count, seen } = await transfer(2, 2, 3, 12)
    const records = seen.flatMap((list) =>
      Array.from({ length: list.length / 2 }, (_, i) => `${list[2 * i]}:${list[2 * i + 1]}`),
    )
    expect(records.length).toBe(2 * count)
    expect(new Set(records).size).toBe(2 * count)
  })

  it('[B13] ten thousand fresh rings of one slot each carry their one record', async () => {
    const memory = StampedRing.allocate({ capacity: 1, slotBytes: 4 })
    const rings = Array.from({ length: 10_000 }, () =>
      StampedRing.allocate({ capacity: 1, slotBytes: 4 }),
    )
    const taken = start({ role: 'oneshots', id: 2, memory, rings, seed: 0 })
    new StampedRing(memory, { owner: 1 }).pop()
    for (const [i, one] of rings.entries()) {
      expect(new StampedRing(one, { owner: 1 }).tryPush(Uint8Array.of(i & 255))).toBe(true)
    }
    expect(await taken).toEqual(rings.map((_, i) => i & 255))
  })

  it('[B14] no wake-up is lost: single records to and fro through one slot, each side parking', async () => {
    const there = StampedRing.allocate({ capacity: 1, slotBytes: 8 })
    const back = StampedRing.allocate({ capacity: 1, slotBytes: 8 })
    const done = start({ role: 'answer', id: 2, memory: there, back, seed: 0 })
    const out = new StampedRing(there, { owner: 1 })
    const home = new StampedRing(back, { owner: 1 })
    for (let i = 0; i < 100_000; i++) {
      out.push(Uint8Array.of(i & 255))
      // The watchdog: a lost wake-up would leave both sides asleep.
      expect(home.pop(30_000)?.[0]).toBe(i & 255)
    }
    out.close()
    await expect(done).resolves.toBe('done')
  })

  it('[B15] a thread parked in pop is ended by terminate, and the ring goes on', async () => {
    const memory = StampedRing.allocate({ capacity: 1, slotBytes: 8 })
    const worker = new Worker(file, { workerData: { role: 'consumer', id: 5, memory, seed: 0 } })
    const words = new Int32Array(memory)
    // The second word of an event count is the number of its sleepers.
    await until(() => Atomics.load(words, WORD.notEmpty + 1) === 1)
    await worker.terminate()
    const ring = new StampedRing(memory, { owner: 1 })
    ring.repair(5)
    expect(ring.tryPush(Uint8Array.of(1))).toBe(true)
    expect(ring.tryPop()).toEqual(Uint8Array.of(1))
  })
})

describe('SpscRing between threads', () => {
  it('[B10] every record once and in order', async () => {
    const count = 20_000
    const memory = SpscRing.allocate(256)
    const ring = new SpscRing(memory)
    const seen = start({ role: 'spscConsumer', count, memory, seed: 0 })
    const pauses = new Int32Array(new SharedArrayBuffer(4))
    let misses = 0
    for (let i = 0; i < count; i++) {
      const record = new Uint8Array(Int32Array.of(1, i).buffer)
      await until(() => {
        if (ring.tryPush(record)) return true
        // Where there is one core, the consumer needs it.
        if (++misses % 100 === 0) Atomics.wait(pauses, 0, 0, 0.1)
        return false
      })
    }
    expect(await seen).toEqual(Array.from({ length: count }, (_, i) => i))
  })
})
