import { MessageChannel } from 'node:worker_threads'
import { expect, it, onTestFinished } from 'vitest'
import { Bell, HostBell } from '../src/lane/bell.js'
import { HostLane } from '../src/lane/host-lane.js'
import { LaneMemory } from '../src/lane/layout.js'
import { WorkerLane } from '../src/lane/worker-lane.js'

it('a job that was taken back takes its value along, also one that went by structured clone', () => {
  const layout = { ringBytes: 65_536, cells: 8 }
  const memory = new LaneMemory(LaneMemory.allocate(layout), layout)
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port1.close())
  const host = new HostLane(memory, port1, () => {})
  const worker = new WorkerLane(memory, port2, new Bell(new HostBell().memory, () => {}), undefined)
  const send = (input: unknown) =>
    host.send({ name: 'job', input, context: undefined, transfer: undefined, patience: 0 })
  const [first, second] = [send(new Map([[1, 'first']])), send('second')]
  send(new Map([[3, 'third']]))
  host.flush()
  expect([host.revoke(first), host.revoke(second)]).toEqual([true, true])
  expect(worker.next(0)).toBe(true)
  expect(worker.take().input).toEqual(new Map([[3, 'third']]))
})
