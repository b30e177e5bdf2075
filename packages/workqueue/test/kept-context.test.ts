import { WorkQueue, type WorkQueueOptions } from '@rearm/workqueue'
import { expect, it, onTestFinished } from 'vitest'
import type jobs from './jobs/kept-context.mjs'
import { Gate } from './support/queues.js'
import { until } from './support/until.js'

function keepingQueue(options: WorkQueueOptions = {}): WorkQueue<typeof jobs> {
  const module = new URL('./jobs/kept-context.mjs', import.meta.url)
  // Aborted jobs listen, however long their thread may stand still.
  const abortGrace = Number.POSITIVE_INFINITY
  const queue = new WorkQueue<typeof jobs>(module, { threads: 1, abortGrace, ...options })
  onTestFinished(() => queue.close({ mode: 'discard', timeout: 0 }))
  return queue
}

const ends = ['return', 'throw', 'promise', 'rejection'] as const

it.each(ends)('the abort of a later job is none of one that ended by a %s', async (end) => {
  const queue = keepingQueue()
  await queue.run('keep', end).catch(() => {})
  const stop = new AbortController()
  const words = new Int32Array(new SharedArrayBuffer(8))
  const aborted = queue.run('lookWhenAborted', words.buffer, { signal: stop.signal })
  await until(() => Atomics.load(words, 1) === 1)
  stop.abort()
  await expect(aborted).rejects.toMatchObject({ code: 'ERR_JOB_ABORTED' })
  await until(() => Atomics.load(words, 0) !== 0)
  expect(Atomics.load(words, 0)).toBe(2)
})

it('a job that was aborted is still so when it has ended', async () => {
  const queue = keepingQueue()
  const stop = new AbortController()
  const words = new Int32Array(new SharedArrayBuffer(8))
  const aborted = queue.run('keepUntilAborted', words.buffer, { signal: stop.signal })
  await until(() => Atomics.load(words, 1) === 1)
  stop.abort()
  await expect(aborted).rejects.toMatchObject({ code: 'ERR_JOB_ABORTED' })
  expect(await queue.run('look')).toEqual([true, true])
})

it.each(ends)('a job that the caller ran was not aborted by its end, a %s', async (end) => {
  const queue = keepingQueue({ capacity: 0, onFull: 'callerRuns' })
  const gate = new Gate()
  const held = queue.run('hold', gate.memory)
  await gate.arrivals(1)
  await queue.run('keep', end).catch(() => {})
  expect(await queue.run('look')).toEqual([false, false])
  gate.open()
  await held
})
