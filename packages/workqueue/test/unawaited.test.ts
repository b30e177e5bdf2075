import { JobAbortedError, QueueClosedError, QueueFullError } from '@rearm/workqueue'
import { describe, expect, it } from 'vitest'
import { Complaints } from '../src/queue/complaints.js'
import { program } from './support/program.js'
import { basicQueue, Gate } from './support/queues.js'
import { until } from './support/until.js'

describe('the end of a job that nobody awaits', () => {
  it('does not end the process where the owner has ordered it', async () => {
    expect(await program('ordered-ends.mjs')).toEqual({
      status: 0,
      stdout: 'aborted 2, refused 4\n',
      stderr: '',
    })
  })

  it('[F41] ends the process where the job has failed, like any unhandled rejection', async () => {
    const { status, stderr } = await program('unseen.mjs')
    expect(status).toBe(1)
    expect(stderr).toMatch('raised by a pushed job')
  })

  it('goes to onError, whatever it was', async () => {
    const errors: unknown[] = []
    const queue = basicQueue({
      capacity: 1,
      onFull: 'discardOldest',
      onError: (error) => errors.push(error),
    })
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    await queue.push('echo', 'displaced')
    const stop = new AbortController()
    await queue.push('echo', 'aborted', { signal: stop.signal })
    stop.abort()
    await queue.push('echo', 'discarded')
    const closed = queue.close({ mode: 'discard' })
    gate.open()
    await Promise.all([held, closed])
    expect(errors).toMatchObject([
      { job: { input: 'displaced' }, constructor: QueueFullError },
      { job: { input: 'aborted' }, constructor: JobAbortedError },
      { job: { input: 'discarded' }, constructor: QueueClosedError },
    ])
  })

  it('is told even if its error cannot be made', async () => {
    const told: unknown[] = []
    const complaints = new Complaints((error) => told.push(error))
    const mistake = new Error('a getter that throws')
    complaints.file(() => {
      throw mistake
    })
    await until(() => told.length > 0)
    expect(told).toEqual([mistake])
  })

  it('is told of a class with an inherited name', async () => {
    const errors: unknown[] = []
    const queue = basicQueue({ onError: (error) => errors.push(error) })
    await queue.push('raiseInherited')
    await until(() => errors.length > 0)
    expect(errors).toMatchObject([{ name: 'toString', message: 'odd' }])
    await expect(queue.run('raiseInherited')).rejects.toMatchObject({ name: 'toString' })
  })
})
