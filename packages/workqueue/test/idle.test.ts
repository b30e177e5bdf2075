import { WorkQueue } from '@rearm/workqueue'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Quiet } from '../src/worker/quiet.js'
import type leftBehind from './jobs/left-behind.mjs'
import { until } from './support/until.js'

describe('work that a job has left behind goes on in an idle thread:', () => {
  it.each(['compress', 'random', 'derive', 'compile', 'chain'] as const)('%s', async (name) => {
    const url = new URL('./jobs/left-behind.mjs', import.meta.url)
    const queue = new WorkQueue<typeof leftBehind>(url, { threads: 1 })
    onTestFinished(() => queue.close({ mode: 'discard', timeout: 0 }))
    await queue.ready()
    const memory = new SharedArrayBuffer(4)
    await queue.run(name, memory)
    await until(() => Atomics.load(new Int32Array(memory), 0) === 1)
  })
})

describe('a thread that nothing wants', () => {
  it('parks ever longer, and after a minute until it is woken', () => {
    const quiet = new Quiet(() => 0)
    const parks: number[] = []
    while (Number.isFinite(quiet.parkMs)) {
      parks.push(quiet.parkMs)
      quiet.last()
      quiet.turned()
    }
    expect(parks.length).toBeLessThan(20)
    expect(parks.reduce((sum, ms) => sum + ms)).toBeGreaterThan(60_000)
    quiet.begin()
    expect(quiet.parkMs).toBe(parks[0])
  })

  it('looks again soon where a turn of its loop has brought something', () => {
    let events = 0
    const quiet = new Quiet(() => events)
    const first = quiet.parkMs
    for (let i = 0; i < 5; i++) {
      quiet.last()
      quiet.turned()
    }
    expect(quiet.parkMs).toBeGreaterThan(first)
    quiet.last()
    events++
    quiet.turned()
    expect(quiet.parkMs).toBe(first)
  })
})
