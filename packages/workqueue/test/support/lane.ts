import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished } from 'vitest'
import { Inbox } from '../../src/lane/inbox.js'
import { BY_PORT, LaneMemory, REQUEST } from '../../src/lane/layout.js'
import { Outbox } from '../../src/lane/outbox.js'

/** Both ends of a lane's request ring. */
export function lane(ringBytes = 262_144) {
  const layout = { ringBytes, cells: 8 }
  const memory = new LaneMemory(LaneMemory.allocate(layout), layout)
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port1.close())
  return {
    outbox: new Outbox(memory, memory.requests, port1, REQUEST.shape),
    inbox: new Inbox(memory, memory.requests, port2, REQUEST.shape),
  }
}

/** Sends a value and takes it in; gives what arrived. */
export function pass(
  { outbox, inbox }: ReturnType<typeof lane>,
  value: unknown,
  transfer?: ArrayBuffer[],
): unknown {
  expect(outbox.write(REQUEST.job, 0, 0, 0, value, transfer)).toBe(true)
  outbox.publish()
  expect(inbox.next()).toBe(true)
  try {
    return inbox.value()
  } finally {
    inbox.done()
    inbox.release()
  }
}

/** Whether the record of the value that {@link pass} has just passed was no more than a token for the port. */
export function wentByPort({ inbox }: ReturnType<typeof lane>): boolean {
  return (inbox.flags & BY_PORT) !== 0
}
