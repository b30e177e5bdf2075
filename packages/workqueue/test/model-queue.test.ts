import { describe, expect, it } from 'vitest'
import { basicQueue, Gate, random, Tally } from './support/queues.js'
import { until } from './support/until.js'

/**
 * [I] Random operations against a model of the bound: with every thread held at a gate, what is accepted follows
 * from counting alone; after the gate opens, every accepted job has run once and every other one never.
 */
describe('[I] random operations agree with a model of the queue', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('seed %i', async (seed) => {
    const next = random(seed)
    const pick = (n: number) => Math.floor(next() * n)
    const threads = 1 + pick(2)
    const capacity = pick(6)
    const queue = basicQueue({ threads, capacity, onError: () => {} })
    const gate = new Gate()
    const tally = new Tally()
    for (let i = 0; i < threads; i++) expect(queue.tryPush('hold', gate.memory)).toBe(true)
    await gate.arrivals(threads)
    let waiting = 0
    let blocked = 0
    let aborted = 0
    const permits: { release(): void }[] = []
    const promises: Promise<unknown>[] = []
    const live: AbortController[] = []
    const free = () => waiting + permits.length < capacity && blocked === 0
    for (let step = 0; step < 60; step++) {
      switch (pick(5)) {
        case 0: {
          expect(queue.tryPush('count', tally.memory)).toBe(free())
          waiting += Number(free())
          break
        }
        case 1: {
          const aborter = new AbortController()
          live.push(aborter)
          if (free()) waiting++
          else blocked++
          const options = { signal: aborter.signal, priority: pick(3) - 1 }
          promises.push(queue.run('count', tally.memory, options).catch(() => 'aborted'))
          break
        }
        case 2: {
          const permit = queue.tryReserve()
          expect(permit !== undefined).toBe(free())
          if (permit !== undefined) permits.push(permit)
          break
        }
        case 3: {
          if (permits.length === 0) break
          permits.pop()?.release()
          if (blocked > 0) {
            blocked--
            waiting++
          }
          break
        }
        default: {
          const aborter = live.splice(pick(live.length), 1)[0]
          if (aborter === undefined) break
          const before = queue.stats()
          aborter.abort()
          aborted++
          const after = queue.stats()
          if (after.blocked < before.blocked && after.waiting === before.waiting) {
            // It waited outside, or a waiter took the place that it left.
            blocked--
          } else {
            waiting--
          }
        }
      }
      expect(queue.stats()).toMatchObject({ waiting, blocked, permits: permits.length, aborted })
    }
    gate.open()
    for (const permit of permits) permit.release()
    await Promise.all(promises)
    await queue.drained()
    const { accepted, completed, aborted: gone } = queue.stats()
    expect(completed).toBe(tally.value + threads)
    expect(accepted).toBeLessThanOrEqual(completed + gone)
    await until(() => queue.stats().waiting === 0)
  })
})
