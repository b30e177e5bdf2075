import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { basicQueue, Gate } from './support/queues.js'

it('[C20] jobs have one listener on a signal that they share, and none when they have ended', async () => {
  const { signal } = new AbortController()
  const listeners = () => getEventListeners(signal, 'abort').length
  const queue = basicQueue({ capacity: 1 })
  const [gate, lastGate] = [new Gate(), new Gate()]
  const held = queue.run('hold', gate.memory, { signal })
  // One is accepted, the others wait for room.
  const runs = [1, 2, 3].map((n) => queue.run('echo', n, { signal }))
  const last = queue.run('hold', lastGate.memory, { signal })
  const reserved = queue.reserve({ signal }).then((permit) => permit.release())
  expect(listeners()).toBe(1)
  gate.open()
  await Promise.all([held, ...runs])
  // One of those that share it has not ended.
  expect(listeners()).toBe(1)
  lastGate.open()
  await Promise.all([last, reserved])
  expect(listeners()).toBe(0)
  await expect(queue.run('raise', 'loud', { signal })).rejects.toBe('loud')
  expect(listeners()).toBe(0)
})
