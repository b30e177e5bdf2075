import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { WorkQueue } from '@rearm/workqueue'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Basic, basic, basicQueue } from './support/queues.js'
import { until } from './support/until.js'

/** What the threads of all queues do, in order. */
function threadEvents(events: string[]): void {
  const hear = (message: unknown) => events.push((message as { event: string }).event)
  subscribe('rearm:workqueue:thread', hear)
  onTestFinished(() => void unsubscribe('rearm:workqueue:thread', hear))
}

/** A queue for three jobs at once in one thread, whose host learns of results only when that thread dies. */
function deafQueue(options: ConstructorParameters<typeof WorkQueue>[1] = {}) {
  return basicQueue({
    capacity: 0,
    concurrency: 3,
    wake: { module: new URL('jobs/wake.mjs', import.meta.url), data: new SharedArrayBuffer(4) },
    ...options,
  })
}

describe('who gets a place by a thread’s death', () => {
  it.each([
    ['bound to it', { affinity: 0 }],
    ['bound to none', {}],
  ])('does not pass by what the thread had not begun: jobs %s', async (_, options) => {
    const queue = deafQueue()
    const first = queue.run('echo', 'published', options)
    const lost = queue.run('exit', 3, options).catch((error: Error) => error.name)
    const sent = queue.run('where', 'sent', options)
    const waiting = queue.run('where', 'waiting', options)
    expect(queue.stats().blocked).toBe(1)
    expect(await first).toBe('published')
    expect(await lost).toBe('WorkerExitError')
    // The new thread has them from its start on; nobody rings for their results.
    let order: number[] | undefined
    void Promise.all([sent, waiting]).then((both) => {
      order = both.map((one) => one.order)
    })
    await until(() => {
      queue.poll()
      return order !== undefined
    })
    expect(order).toEqual([0, 1])
  })

  it('is served: its thread may be the one that comes in this place', async () => {
    const queue = deafQueue({ concurrency: 1 })
    await queue.ready()
    const published = queue.run('exitAfterOther', 'published')
    const waiting = queue.run('echo', 'waiting')
    expect(await published).toBe('published')
    let result: unknown
    void waiting.then((value) => {
      result = value
    })
    await until(() => {
      queue.poll()
      return result !== undefined
    })
    expect(result).toBe('waiting')
    expect(queue.stats()).toMatchObject({ waiting: 0, running: 0, threads: { alive: 1 } })
  })

  it('starts no new thread before the host has heard of the old one’s end', async () => {
    const events: string[] = []
    threadEvents(events)
    const queue = deafQueue({ onThreadExit: () => events.push('onThreadExit') })
    const runs = Promise.allSettled([
      queue.run('echo', 'published'),
      queue.run('exit', 3),
      queue.run('echo', 'sent'),
      queue.run('echo', 'waiting', { affinity: 0 }),
    ])
    await until(() => events.length > 4)
    expect(events.slice(0, 5)).toEqual(['start', 'ready', 'exit', 'onThreadExit', 'start'])
    await queue.close({ mode: 'discard', timeout: 0 })
    await runs
  })
})

describe('a job with `transfer` that a thread had not begun when it died', () => {
  it('is rejected, as what was transferred is gone; the jobs around it run elsewhere', async () => {
    const queue = basicQueue({ concurrency: 3 })
    await queue.ready()
    const buffer = new ArrayBuffer(8)
    const lost = queue.run('exit', 3).catch((error: unknown) => error)
    const transferred = queue.run('moveBack', buffer, { transfer: [buffer] })
    const behind = queue.run('echo', 'behind')
    await expect(transferred).rejects.toMatchObject({
      code: 'ERR_WORKER_EXIT',
      started: false,
      exitCode: 3,
      job: { name: 'moveBack' },
    })
    expect(await lost).toMatchObject({ code: 'ERR_WORKER_EXIT', started: true })
    expect(await behind).toBe('behind')
    expect(queue.stats()).toMatchObject({ lost: 2, completed: 1 })
  })
})

describe('what a host pushes when it hears of a thread’s end', () => {
  it('comes after what that thread had not begun', async () => {
    const pushed: Promise<{ key: string; order: number }>[] = []
    const queue: WorkQueue<Basic> = new WorkQueue(basic, {
      threads: 1,
      concurrency: 3,
      onThreadExit: ({ exitCode }) => {
        if (exitCode === 3) pushed.push(queue.run('where', 'pushed', { affinity: 0 }))
      },
    })
    onTestFinished(() => queue.close())
    const lost = queue.run('exit', 3, { affinity: 0 }).catch(() => {})
    const sent = queue.run('where', 'sent', { affinity: 0 })
    await lost
    expect((await sent).order).toBe(0)
    expect((await pushed[0])?.order).toBe(1)
  })

  it('on the diagnostics channel, too', async () => {
    const pushed: Promise<{ key: string; order: number }>[] = []
    const queue = basicQueue({ concurrency: 3 })
    const hear = (message: unknown) => {
      if ((message as { exitCode?: number }).exitCode !== 3) return
      pushed.push(queue.run('where', 'pushed', { affinity: 0 }))
    }
    subscribe('rearm:workqueue:thread', hear)
    onTestFinished(() => void unsubscribe('rearm:workqueue:thread', hear))
    const lost = queue.run('exit', 3, { affinity: 0 }).catch(() => {})
    const sent = queue.run('where', 'sent', { affinity: 0 })
    await lost
    expect((await sent).order).toBe(0)
    expect((await pushed[0])?.order).toBe(1)
  })

  it('discards by a close what the thread had not begun', async () => {
    const queue: WorkQueue<Basic> = new WorkQueue(basic, {
      threads: 1,
      concurrency: 3,
      onThreadExit: () => void queue.close({ mode: 'discard' }),
    })
    const lost = queue.run('exit', 3).catch((error: Error) => error.name)
    const sent = queue.run('where', 'sent').catch((error: Error) => error.name)
    expect(await lost).toBe('WorkerExitError')
    expect(await sent).toBe('QueueClosedError')
    await queue.close()
  })
})
