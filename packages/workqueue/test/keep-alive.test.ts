import { expect, it, vi } from 'vitest'
import { KeepAlive } from '../src/queue/keep-alive.js'
import { until } from './support/until.js'

const fired = vi.hoisted(() => ({ count: 0 }))

// However long a time is, here it passes at once.
vi.mock('node:timers', async (original) => {
  const timers = await original<typeof import('node:timers')>()
  const hasten =
    <T>(make: (callback: () => void, ms: number) => T) =>
    (callback: () => void) =>
      make(() => {
        fired.count++
        callback()
      }, 1)
  return {
    ...timers,
    setTimeout: hasten(timers.setTimeout),
    setInterval: hasten(timers.setInterval),
  }
})

it('what is pending holds the process, also after the longest time that a timer knows', async () => {
  const held = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const keepAlive = new KeepAlive()
  await until(() => fired.count > 0)
  const before = held()
  keepAlive.hold()
  expect(held()).toBe(before + 1)
  keepAlive.release()
  expect(held()).toBe(before)
  keepAlive.end()
})
