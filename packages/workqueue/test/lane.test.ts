import { MessageChannel } from 'node:worker_threads'
import { expect, it, onTestFinished } from 'vitest'
import { Bell, HostBell } from '../src/lane/bell.js'
import { HostLane } from '../src/lane/host-lane.js'
import { LaneMemory } from '../src/lane/layout.js'
import { WorkerLane } from '../src/lane/worker-lane.js'

function lane(ringBytes: number) {
  const layout = { ringBytes, cells: 8 }
  const memory = new LaneMemory(LaneMemory.allocate(layout), layout)
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port1.close())
  const host = new HostLane(memory, port1, () => {})
  const worker = new WorkerLane(memory, port2, new Bell(new HostBell().memory, () => {}), undefined)
  const send = (input: unknown, name = 'job') =>
    host.send({ name, input, context: undefined, transfer: undefined, patience: 0 })
  return { host, worker, send }
}

it('a job that was taken back takes its value along, also one that went by structured clone', () => {
  const { host, worker, send } = lane(65_536)
  const [first, second] = [send(new Map([[1, 'first']])), send('second')]
  send(new Map([[3, 'third']]))
  host.flush()
  expect([host.revoke(first), host.revoke(second)]).toEqual([true, true])
  expect(worker.next(0)).toBe(true)
  expect(worker.take()).toEqual(new Map([[3, 'third']]))
})

it.each([
  ['name', () => 1, 'another'],
  ['shape', { a: () => 1 }, 'job'],
])('a new %s without a job behind it is nothing to do for a thread', (_, unsendable, name) => {
  const { host, worker, send } = lane(65_536)
  send({ newly: 'shaped' })
  expect(() => send(unsendable, name)).toThrow(/could not be cloned/)
  host.flush()
  expect(worker.next(0)).toBe(true)
  worker.take()
  expect(worker.next(0)).toBe(false)
  expect(worker.hasRequests).toBe(false)
})

it('definitions of shapes leave room for the value behind them', () => {
  const { host, worker, send } = lane(4096)
  send(Array.from({ length: 9 }, (_, n) => ({ [`${n}`.repeat(400)]: 1 })))
  host.flush()
  while (worker.next(0)) worker.take()
  const large = 'x'.repeat(900)
  expect(send(large)).toBeGreaterThanOrEqual(0)
  host.flush()
  expect(worker.next(0)).toBe(true)
  expect(worker.take()).toBe(large)
})
