import { expect, it } from 'vitest'
import { PushClock } from '../src/queue/push-clock.js'

/** A clock that goes on by `step` ms at each reading, and counts them. */
function ticking(step: number) {
  const count = { reads: 0 }
  const push = new PushClock(() => ++count.reads * step)
  return { count, push }
}

it('pushes within microseconds share a reading of the clock', () => {
  const clock = ticking(0.01)
  const times = Array.from({ length: 801 }, () => clock.push.read())
  expect(clock.count.reads).toBeLessThan(110)
  expect([...times].sort((a, b) => a - b)).toEqual(times)
})

it('pushes that take longer each have their own time', () => {
  const clock = ticking(0.06)
  const times = new Set(Array.from({ length: 100 }, () => clock.push.read()))
  expect(times.size).toBe(100)
})

it('a push of a later turn gets no reading of an earlier one', async () => {
  const clock = ticking(0.01)
  clock.push.read()
  const shared = clock.push.read()
  expect(clock.push.read()).toBe(shared)
  await Promise.resolve()
  expect(clock.push.read()).toBeGreaterThan(shared)
})
