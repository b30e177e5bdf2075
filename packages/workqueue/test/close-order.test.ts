import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, it } from 'vitest'
import { basicQueue, Gate } from './support/queues.js'

it('close resolves after its host was told of a thread that could not be created', async () => {
  const told: string[] = []
  const queue = basicQueue({ workerData: () => {}, onThreadExit: () => told.push('exit') })
  const ready = queue.ready()
  const closed = queue.close().then(() => told.push('closed'))
  await expect(ready).rejects.toMatchObject({ code: 'ERR_QUEUE_CLOSED' })
  await closed
  expect(told).toEqual(['exit', 'closed'])
})

it('a job that displaces another is refused by a queue that was closed when that was told of', async () => {
  const queue = basicQueue({ capacity: 1, onFull: 'discardOldest' })
  const gate = new Gate()
  const held = queue.run('hold', gate.memory)
  await gate.arrivals(1)
  const oldest = queue.run('echo', 1)
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= queue.close({ mode: 'discard' })
  }
  subscribe('rearm:workqueue:settle', close)
  const newer = queue.run('echo', 2)
  unsubscribe('rearm:workqueue:settle', close)
  await expect(oldest).rejects.toMatchObject({ reason: 'displaced' })
  await expect(newer).rejects.toMatchObject({ code: 'ERR_QUEUE_CLOSED' })
  gate.open()
  await held
  await closed
  expect(queue.stats()).toMatchObject({ accepted: 2, waiting: 0 })
})
