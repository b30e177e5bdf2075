import { WorkerExitError } from '@rearm/workqueue'
import { describe, expect, it } from 'vitest'
import { basicQueue, Tally } from './support/queues.js'

describe('a job that was handed over with `transfer`', () => {
  it('is not run again when its thread dies, though it is idempotent', async () => {
    const queue = basicQueue({ retries: 5 })
    const tally = new Tally()
    const buffer = new ArrayBuffer(16)
    const run = queue.run('exitOnce', tally.memory, { transfer: [buffer] })
    await expect(run).rejects.toBeInstanceOf(WorkerExitError)
    await expect(run).rejects.toMatchObject({ started: true, exitCode: 5 })
    expect(tally.value).toBe(1)
    expect(queue.stats()).toMatchObject({ lost: 1, retried: 0 })
    expect(await queue.run('echo', 1)).toBe(1)
  })
})
