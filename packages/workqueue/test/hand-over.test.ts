import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { JobAbortedError } from '@rearm/workqueue'
import { describe, expect, it, onTestFinished } from 'vitest'
import { basicQueue, Gate } from './support/queues.js'

function listen(channel: string, listener: (message: unknown) => void): void {
  subscribe(channel, listener)
  onTestFinished(() => void unsubscribe(channel, listener))
}

/** A value whose getter does something while it is handed over, once. */
function sly(act: () => void): { readonly now: number } {
  let done = false
  return {
    get now() {
      if (!done) {
        done = true
        act()
      }
      return 1
    },
  }
}

describe('an input that acts while it is handed over', () => {
  it('may abort its own job, whose place is freed once', async () => {
    const queue = basicQueue({ capacity: 3 })
    await queue.run('echo', 0)
    for (let i = 0; i < 4; i++) {
      const aborter = new AbortController()
      const input = sly(() => aborter.abort())
      const run = queue.run('echo', input as unknown, { signal: aborter.signal })
      await expect(run).rejects.toBeInstanceOf(JobAbortedError)
      expect(queue.stats()).toMatchObject({ waiting: 0, running: 0 })
    }
    expect(await queue.run('echo', 'next')).toBe('next')
    expect(queue.stats()).toMatchObject({ waiting: 0, running: 0, aborted: 4, completed: 2 })
    await queue.close()
  })

  it('may abort its own job out of a backlog', async () => {
    const queue = basicQueue({ capacity: 3 })
    await queue.run('echo', 0)
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    const buffer = new ArrayBuffer(8)
    const aborter = new AbortController()
    const input = sly(() => aborter.abort())
    // What is transferred waits in the backlog until a thread is free.
    const run = queue.run('echo', [input, buffer] as unknown, {
      signal: aborter.signal,
      transfer: [buffer],
    })
    const behind = queue.run('echo', 'behind')
    gate.open()
    await held
    await expect(run).rejects.toBeInstanceOf(JobAbortedError)
    expect(await behind).toBe('behind')
    await queue.drained()
    await queue.run('echo', 0)
    expect(queue.stats()).toMatchObject({ waiting: 0, running: 0 })
  })

  it('may poll: every job still gets its own result', async () => {
    const queue = basicQueue({ capacity: 100 })
    await queue.run('echo', 0)
    const earlier = Array.from({ length: 10 }, (_, i) => queue.run('echo', i))
    queue.poll()
    const input = sly(() => {
      const end = performance.now() + 5000
      while (queue.stats().completed < 11 && performance.now() < end) queue.poll()
    })
    const run = queue.run('echo', input as unknown)
    const later = Array.from({ length: 10 }, (_, i) => queue.run('echo', 100 + i))
    expect(await Promise.all(earlier)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(await run).toEqual({ now: 1 })
    expect(await Promise.all(later)).toEqual(Array.from({ length: 10 }, (_, i) => 100 + i))
    expect(queue.stats()).toMatchObject({ waiting: 0, running: 0, completed: 22 })
  })

  it('may push another job, which does not wait for the end of this one', async () => {
    const queue = basicQueue({ threads: 2 })
    await Promise.all([queue.run('later', 1), queue.run('later', 1)])
    const gate = new Gate()
    let inner: Promise<unknown> | undefined
    const outer = queue.run('holdWith', {
      memory: gate.memory,
      get now() {
        inner ??= queue.run('echo', 'inner')
        return 1
      },
    })
    expect(await inner).toBe('inner')
    gate.open()
    await outer
  })

  it('may resize the queue away from its thread', async () => {
    const queue = basicQueue({ threads: 2 })
    await queue.run('echo', 0)
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    const buffer = new ArrayBuffer(8)
    const ready = queue.ready()
    await ready
    const input = sly(() => queue.resize(1))
    const run = queue.run('echo', [input, buffer] as unknown, { transfer: [buffer] })
    expect(await run).toEqual([{ now: 1 }, new ArrayBuffer(8)])
    gate.open()
    await held
  })
})

describe('who hears of an accepted job', () => {
  it('may abort it: it takes no place, and the close does not wait for it', async () => {
    const queue = basicQueue({ capacity: 2 })
    const aborter = new AbortController()
    listen('rearm:workqueue:push', () => aborter.abort())
    const run = queue.run('echo', 1, { signal: aborter.signal })
    await expect(run).rejects.toBeInstanceOf(JobAbortedError)
    expect(queue.stats()).toMatchObject({ waiting: 0, running: 0, accepted: 0, aborted: 1 })
    await queue.close()
  })
})

describe('who hears of a thread that starts', () => {
  it('may abort the job that it is started for', async () => {
    const queue = basicQueue({ capacity: 2 })
    const aborter = new AbortController()
    listen('rearm:workqueue:thread', () => aborter.abort())
    const run = queue.run('echo', 1, { signal: aborter.signal })
    const other = queue.run('echo', 2)
    await expect(run).rejects.toBeInstanceOf(JobAbortedError)
    expect(await other).toBe(2)
    await queue.drained()
    expect(queue.stats()).toMatchObject({ waiting: 0, running: 0 })
    await queue.close()
  })
})
