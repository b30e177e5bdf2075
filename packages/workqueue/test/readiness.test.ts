import { WorkerExitError } from '@rearm/workqueue'
import { describe, expect, it } from 'vitest'
import { Breaker } from '../src/queue/breaker.js'
import { basicQueue, queueOf } from './support/queues.js'

describe('a thread that is stopping', () => {
  it('is not ready: ready() waits for the one that comes in its place', async () => {
    const workerData = new SharedArrayBuffer(4)
    const queue = queueOf('slow-farewell.mjs', { threads: 2, workerData })
    await queue.ready()
    queue.resize(1)
    queue.resize(2)
    expect(queue.stats().threads).toEqual({ target: 2, alive: 2, ready: 1 })
    const exitsAtReady = queue.ready().then(() => queue.stats().threadExits)
    Atomics.store(new Int32Array(workerData), 0, 1)
    expect(await exitsAtReady).toBe(1)
    expect(queue.stats().threads).toEqual({ target: 2, alive: 2, ready: 2 })
  })
})

describe('the crash budget', () => {
  it('is not used up by jobs that end their threads', async () => {
    const queue = basicQueue({ crashBudget: 1 })
    for (let i = 0; i < 5; i++) {
      await expect(queue.run('exit', 1)).rejects.toBeInstanceOf(WorkerExitError)
    }
    expect(await queue.run('echo', 1)).toBe(1)
  })

  it('counts no failures between which threads came up', () => {
    const breaker = new Breaker(2)
    for (let i = 0; i < 5; i++) {
      expect(breaker.ended({}, false, false)).toBe(false)
      breaker.cameUp({})
      expect(breaker.isWary).toBe(false)
    }
  })

  it('counts failures in a row: a thread that has begun a job, or lived for a second, begins anew', () => {
    let time = 0
    const breaker = new Breaker(2, () => time)
    const [a, b] = [{}, {}]
    const fails = (thread: object) => breaker.ended(thread, false, false)
    const diesWhenUp = (thread: object) => {
      breaker.cameUp(thread)
      return breaker.ended(thread, false, true)
    }
    expect([fails(a), diesWhenUp(a), diesWhenUp(a)]).toEqual([false, false, true])
    breaker.cameUp(a)
    breaker.worked(a)
    expect([diesWhenUp(b), breaker.isWary]).toEqual([false, true])
    breaker.cameUp(b)
    time += 1000
    // It lives: the next failure is the first one again, and its own end is none.
    expect([fails(a), breaker.ended(b, false, true), fails(a)]).toEqual([false, false, true])
    // One that the queue itself has ended was not started in vain.
    breaker.cameUp(b)
    expect(breaker.ended(b, true, true)).toBe(false)
  })
})
