import { JobAbortedError, WorkQueue } from '@rearm/workqueue'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Engine } from '../src/queue/engine.js'
import type aborting from './jobs/aborting.mjs'
import { basic } from './support/queues.js'
import { until } from './support/until.js'

const words = (memory: SharedArrayBuffer) => new Int32Array(memory)

describe('[D25] a synchronous job that was aborted', () => {
  it.each([
    'asksWithSignalInHand',
    'throwsWithSignalInHand',
    'takesSignalAfterwards',
    'looksAtSignalOnly',
  ] as const)(
    'is told the same by ctx.aborted, ctx.throwIfAborted and ctx.signal (%s)',
    async (name) => {
      const url = new URL('./jobs/aborting.mjs', import.meta.url)
      const queue = new WorkQueue<typeof aborting>(url, {
        threads: 1,
        abortGrace: Number.POSITIVE_INFINITY,
      })
      onTestFinished(() => queue.close({ mode: 'discard', timeout: 0 }))
      const memory = new SharedArrayBuffer(8)
      const stop = new AbortController()
      const run = queue.run(name, memory, { signal: stop.signal })
      await until(() => words(memory)[1] === 1)
      stop.abort()
      await expect(run).rejects.toBeInstanceOf(JobAbortedError)
      await until(() => words(memory)[0] !== 0)
      expect(words(memory)[0]).toBe(1)
    },
  )
})

it('[D25] word of an abort that comes too late does not abort the job that is in its cell then', async () => {
  const engine = new Engine(basic, {
    threads: 1,
    concurrency: 2,
    // The thread may stand still for longer than any other grace.
    abortGrace: Number.POSITIVE_INFINITY,
  })
  onTestFinished(() => engine.close({ mode: 'discard', timeout: 0 }))
  const memory = new SharedArrayBuffer(8)
  const stop = new AbortController()
  const run = engine.run('waitForSignal', memory, { signal: stop.signal })
  await until(() => words(memory)[1] === 1)
  const [thread] = engine.ledger.dispatcher.crew.threads
  for (const [cell] of thread?.lane?.held() ?? []) thread?.announceAbort(cell)
  // Two turns of the thread's event loop: it has heard by then.
  for (let i = 0; i < 2; i++) await engine.run('later', 1, undefined)
  expect(words(memory)[0]).toBe(0)
  stop.abort()
  await expect(run).rejects.toMatchObject({ code: 'ERR_JOB_ABORTED' })
  await until(() => words(memory)[0] === 1)
})
