import { expect, it, onTestFinished, vi } from 'vitest'
import { StampedRing } from '../src/ring/stamped-ring.js'

const clock = vi.hoisted(() => ({ ms: 0 }))
vi.mock('../src/clock.js', () => ({ now: () => clock.ms }))

it('a thread that stood still with its whole machine in the middle of a step is not taken for a dead one', () => {
  const memory = StampedRing.allocate({ capacity: 2, slotBytes: 8 })
  const probe = (point: string) => {
    if (point === 'push:claimed') throw new Error('interrupted')
  }
  const owner = new StampedRing(memory, { owner: 9, probe })
  expect(() => owner.tryPush(Uint8Array.of(1))).toThrow('interrupted')
  const ring = new StampedRing(memory, { owner: 1 })
  let naps = 0
  const wait = vi.spyOn(Atomics, 'wait').mockImplementation(() => {
    clock.ms += 10_000
    // Here it goes on: its step is finished.
    if (++naps === 3) ring.repair(9)
    return 'timed-out'
  })
  onTestFinished(() => wait.mockRestore())
  expect(ring.tryPop()).toBeUndefined()
  expect(naps).toBe(3)
})
