import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { threadId } from 'node:worker_threads'
import type { WorkQueueOptions } from '@rearm/workqueue'
import { describe, expect, it } from 'vitest'
import { basicQueue, Gate, Tally } from './support/queues.js'
import { until } from './support/until.js'

const ABORTED = { code: 'ERR_JOB_ABORTED' }
const CLOSED = { code: 'ERR_QUEUE_CLOSED' }

/** A queue whose every place is taken until the gate opens. */
async function full({ concurrency = 1, ...options }: WorkQueueOptions = {}) {
  const gate = new Gate()
  const queue = basicQueue({ capacity: 0, onFull: 'callerRuns', concurrency, ...options })
  const held = Array.from({ length: concurrency }, () => queue.run('hold', gate.memory))
  await gate.arrivals(1)
  const open = async () => {
    gate.open()
    await Promise.all(held)
  }
  return { queue, open }
}

/** A job of `queue` that is under way until it is let go. */
function waiter(queue: ReturnType<typeof basicQueue>) {
  const stop = new AbortController()
  const words = new Int32Array(new SharedArrayBuffer(8))
  const run = queue.run('waitForSignal', words.buffer, { signal: stop.signal })
  const ended = expect(run).rejects.toMatchObject(ABORTED)
  const hasBegun = () => Atomics.load(words, 1) === 1
  const letGo = async () => {
    stop.abort()
    await ended
  }
  return { hasBegun, letGo }
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 1))

describe("'callerRuns'", () => {
  it.each([1, 3])('runs %d jobs at once, and more wait in line', async (concurrency) => {
    const { queue, open } = await full({ concurrency })
    const first = Array.from({ length: concurrency }, () => waiter(queue))
    await until(() => first.every(({ hasBegun }) => hasBegun()))
    const more = [waiter(queue), waiter(queue)]
    await turn()
    expect(more.map(({ hasBegun }) => hasBegun())).toEqual([false, false])
    const accepted = 2 * concurrency
    expect(queue.stats()).toMatchObject({ accepted, blocked: 2, ranInCaller: concurrency })
    // Those in the lane behind the one that holds the thread wait.
    expect(queue.stats()).toMatchObject({ running: 1 + concurrency, waiting: concurrency - 1 })
    await first[0]?.letGo()
    await until(() => more[0]?.hasBegun() ?? false)
    expect(more[1]?.hasBegun()).toBe(false)
    for (const { letGo } of [...first.slice(1), ...more]) await letGo()
    await open()
  })

  it('a job that waits takes a place in the queue if that comes first', async () => {
    const { queue, open } = await full()
    const own = waiter(queue)
    await until(own.hasBegun)
    const other = queue.run('thread')
    await open()
    expect(await other).not.toBe(threadId)
    await own.letGo()
    expect(queue.stats().ranInCaller).toBe(1)
  })

  it('a job that waits for its turn ends there by its deadline, and never runs', async () => {
    const { queue, open } = await full()
    const own = waiter(queue)
    await until(own.hasBegun)
    const tally = new Tally()
    const late = queue.run('count', tally.memory, { deadline: 1 })
    await expect(late).rejects.toMatchObject({ code: 'ERR_JOB_TIMEOUT', phase: 'accept' })
    await own.letGo()
    await open()
    expect(await queue.run('count', tally.memory)).toBe(1)
  })

  it('a close turns away who waits, and refuses in mode discard what has not begun', async () => {
    const { queue, open } = await full()
    const tally = new Tally()
    // The module is still to be loaded here.
    const accepted = queue.run('count', tally.memory)
    const waiting = queue.run('count', tally.memory)
    expect(queue.stats()).toMatchObject({ running: 1, waiting: 1, blocked: 1 })
    const closed = queue.close({ mode: 'discard' })
    await expect(accepted).rejects.toMatchObject(CLOSED)
    await expect(waiting).rejects.toMatchObject(CLOSED)
    await open()
    await closed
    expect(tally.value).toBe(0)
  })

  it('a job under way is not refused by mode discard', async () => {
    const { queue, open } = await full()
    const own = waiter(queue)
    await until(own.hasBegun)
    const closed = queue.close({ mode: 'discard' })
    await own.letGo()
    await open()
    await closed
  })

  it('a push that the caller takes is told of, and refused if that closes the queue', async () => {
    const { queue, open } = await full()
    const told: unknown[] = []
    const close = (message: unknown) => {
      told.push((message as { name: string }).name)
      void queue.close()
    }
    subscribe('rearm:workqueue:push', close)
    const refused = queue.run('thread')
    unsubscribe('rearm:workqueue:push', close)
    await expect(refused).rejects.toMatchObject(CLOSED)
    expect(told).toEqual(['thread'])
    expect(queue.stats()).toMatchObject({ accepted: 1, ranInCaller: 0, refused: 1 })
    await open()
  })

  it('the event loop turns between two jobs of the caller', async () => {
    const { queue, open } = await full()
    // Loading the module lets it turn too.
    await queue.run('echo', 0)
    let hasTurned = false
    setImmediate(() => {
      hasTurned = true
    })
    let runs = 0
    while (!hasTurned && runs < 10_000) {
      await queue.run('echo', 1)
      runs++
    }
    expect(runs).toBeLessThan(10_000)
    await open()
  })

  it('a host that does not turn its loop takes in what has come back between two of them', async () => {
    const memory = new SharedArrayBuffer(4)
    const wake = { module: new URL('./jobs/wake.mjs', import.meta.url), data: memory }
    const gate = new Gate()
    const queue = basicQueue({ capacity: 0, onFull: 'callerRuns', wake })
    await queue.ready()
    const rung = Atomics.load(new Int32Array(memory), 0)
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    gate.open()
    await until(() => Atomics.load(new Int32Array(memory), 0) > rung)
    expect(await queue.run('thread')).toBe(threadId)
    await held
  })
})
