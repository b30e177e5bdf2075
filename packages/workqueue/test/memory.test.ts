import { WorkQueue } from '@rearm/workqueue'
import { expect, it, onTestFinished, vi } from 'vitest'
import { basic, basicQueue } from './support/queues.js'

it('a thread whose shared memory cannot be had is one that does not start', async () => {
  const Real = SharedArrayBuffer
  class Scarce extends Real {
    constructor(bytes: number) {
      if (bytes > 100_000) throw new RangeError('Array buffer allocation failed')
      super(bytes)
    }
  }
  vi.stubGlobal('SharedArrayBuffer', Scarce)
  onTestFinished(() => void vi.unstubAllGlobals())
  const queue = basicQueue({ crashBudget: 1 })
  const runs = await Promise.allSettled(Array.from({ length: 40 }, (_, i) => queue.run('echo', i)))
  for (const run of runs) {
    expect(run).toMatchObject({
      status: 'rejected',
      reason: { code: 'ERR_JOB_MODULE', cause: { message: 'Array buffer allocation failed' } },
    })
  }
})

it('concurrency is bounded', () => {
  expect(() => new WorkQueue(basic, { concurrency: 2 ** 20 + 1 })).toThrow(RangeError)
  expect(() => new WorkQueue(basic, { concurrency: 2 ** 40 })).toThrow(RangeError)
})
