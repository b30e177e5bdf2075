import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Interest, Reactor } from '../src/index.js'
import { expectClean, manualReactor, pair } from './descriptors.js'

expectClean()

describe('a turn that a handler asks for', () => {
  test('is the next batch’s, also when an earlier wish was taken back', () => {
    const reactor = manualReactor()
    const [ours] = pair()
    const heard: number[] = []
    const registration = reactor.register(ours, Interest.WRITABLE, (readiness, self) => {
      heard.push(readiness)
      if (heard.length === 1) self.again(Interest.READABLE)
    })
    registration.again(Interest.READABLE)
    registration.modify(Interest.WRITABLE)
    expect(reactor.poll(0)).toBe(1)
    expect(heard).toEqual([Interest.WRITABLE])
    expect(reactor.poll(0)).toBe(2)
    expect(heard).toEqual([Interest.WRITABLE, Interest.WRITABLE, Interest.READABLE])
  })
})

test('who asks for another turn gives the event loop one, however much is ready', async () => {
  using reactor = new Reactor()
  // Enough that a turn would bring several batches.
  for (let index = 0; index < 8; index++) {
    reactor.register(pair()[0], Interest.WRITABLE, () => {})
  }
  let asked = 0
  reactor
    .register(pair()[0], Interest.READABLE, (_, self) => {
      asked++
      self.again()
    })
    .again()
  while (asked < 10) {
    const before = asked
    await turn()
    expect(asked - before).toBeLessThanOrEqual(2)
  }
})
