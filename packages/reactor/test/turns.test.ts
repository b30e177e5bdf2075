import { describe, expect, test } from 'vitest'
import { Interest } from '../src/index.js'
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
