import { expect, it } from 'vitest'
import { HostLoop } from '../src/queue/host-loop.js'

/** Lanes that have something at each of so many looks, whose threads found the host awake and so did not ring. */
class Silent {
  readonly isBusy = true
  readonly isBrisk = false
  readonly isDraining = false
  constructor(public left: number) {}

  get hasReturns(): boolean {
    return this.left > 0
  }

  drain(): number {
    return this.left-- > 0 ? 1 : 0
  }
}

it('a host on its event loop takes in everything, though nobody rings, however much there is', async () => {
  const lanes = new Silent(100)
  const loop = new HostLoop(lanes, true)
  loop.turn()
  expect(lanes.left).toBeGreaterThan(0)
  while (lanes.left > 0) await new Promise((resolve) => setImmediate(resolve))
  loop.end()
})

it('a host that parks does so too', async () => {
  const lanes = new Silent(100)
  const loop = new HostLoop(lanes, true)
  loop.park(0, () => 0)
  while (lanes.left > 0) await new Promise((resolve) => setImmediate(resolve))
  loop.end()
})

it('a host that sits elsewhere has no other turn: it takes in all at once', () => {
  const lanes = new Silent(100)
  const loop = new HostLoop(lanes, false)
  expect(loop.turn()).toBe(100)
  loop.end()
})
