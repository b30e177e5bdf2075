import { EpollFlag } from '@rearm/epoll-native'
import { dup, write as writeSome } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import { AlreadyRegisteredError, Interest, type Mode, Readiness } from '../../src/index.js'
import { FakePoller } from '../../src/testing/index.js'
import { expectClean, manualReactor, owned, pair, receive, send } from '../descriptors.js'
import { pollTimes } from './support.js'

expectClean()

const modes: readonly Mode[] = ['level', 'edge', 'oneshot', 'edge-oneshot', 'exclusive']

describe('modes', () => {
  test.each(['level', 'exclusive'] as const)(
    '[B1] %s repeats as long as something is left',
    (mode) => {
      const reactor = manualReactor()
      const [ours, theirs] = pair()
      const heard: string[] = []
      reactor.register(ours, Interest.READABLE, () => heard.push(receive(ours, 1)), { mode })
      send(theirs, 'abc')
      expect(pollTimes(reactor, 6)).toBe(3)
      expect(heard).toEqual(['a', 'b', 'c'])
    },
  )

  test('[B2] edge is silent after a partial read, and fires for new data', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const heard: string[] = []
    reactor.register(ours, Interest.READABLE, () => heard.push(receive(ours, 1)), { mode: 'edge' })
    send(theirs, 'abc')
    expect(pollTimes(reactor, 6)).toBe(1)
    send(theirs, 'd')
    expect(pollTimes(reactor, 6)).toBe(1)
    expect(heard).toEqual(['a', 'b'])
    expect(receive(ours)).toBe('cd')
  })

  test('[B3] edge fires again after the input was drained', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const heard: string[] = []
    reactor.register(ours, Interest.READABLE, () => heard.push(receive(ours)), { mode: 'edge' })
    for (const text of ['one', 'two', 'three']) {
      send(theirs, text)
      expect(pollTimes(reactor, 3)).toBe(1)
    }
    expect(heard).toEqual(['one', 'two', 'three'])
  })

  test('[B3] writable under edge fires when the peer has made room', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    let writable = 0
    reactor.register(ours, Interest.WRITABLE, () => writable++, { mode: 'edge' })
    expect(pollTimes(reactor, 3)).toBe(1)
    const block = 'x'.repeat(65536)
    // Full: the next byte would be EAGAIN.
    while (fill(ours, block)) {}
    expect(pollTimes(reactor, 3)).toBe(0)
    while (receive(theirs).length > 0 && !receive(theirs).startsWith('errno')) {}
    expect(pollTimes(reactor, 3)).toBe(1)
    expect(writable).toBe(2)
  })

  test('[B5] a descriptor changes its mode by being registered anew: level, oneshot, edge', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    send(theirs, 'never read')
    const calls = (mode: Mode) => {
      const registration = reactor.register(ours, Interest.READABLE, () => {}, { mode })
      const called = pollTimes(reactor, 4)
      if (mode === 'oneshot') {
        registration.modify(Interest.READABLE)
        expect(pollTimes(reactor, 4)).toBe(1)
      }
      expect(reactor.audit().empty).toBe(true)
      registration.deregister()
      return called
    }
    expect([calls('level'), calls('oneshot'), calls('edge'), calls('level')]).toEqual([4, 1, 1, 4])
  })

  test('[B5] modify keeps the mode', () => {
    const reactor = manualReactor()
    for (const mode of modes.filter((each) => each !== 'exclusive')) {
      const [ours, theirs] = pair()
      send(theirs, 'x')
      const registration = reactor.register(ours, Interest.WRITABLE, () => {}, { mode })
      registration.modify(Interest.READABLE)
      expect(pollTimes(reactor, 3)).toBe(mode === 'level' ? 3 : 1)
      registration.modify(Interest.WRITABLE)
      expect(pollTimes(reactor, 3)).toBe(mode === 'level' ? 3 : 1)
      expect(registration.mode).toBe(mode)
      expect(reactor.audit().empty).toBe(true)
      registration.deregister()
    }
  })

  test('[B6] one descriptor has one mode; its duplicate may have another', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const duplicate = owned(dup(ours))
    const heard: string[] = []
    reactor.register(ours, Interest.READABLE, () => heard.push('level'))
    expect(() => reactor.register(ours, Interest.READABLE, () => {}, { mode: 'edge' })).toThrow(
      AlreadyRegisteredError,
    )
    reactor.register(duplicate, Interest.READABLE, () => heard.push('edge'), { mode: 'edge' })
    send(theirs, 'x')
    expect(pollTimes(reactor, 3)).toBe(4)
    expect(heard.sort()).toEqual(['edge', 'level', 'level', 'level'])
  })

  test.each(modes)('[B7] %s tells of what was ready before it was registered', (mode) => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    send(theirs, 'early')
    const heard: string[] = []
    reactor.register(ours, Interest.READABLE, () => heard.push(receive(ours)), { mode })
    expect(pollTimes(reactor, 3)).toBe(1)
    expect(heard).toEqual(['early'])
  })

  test('a handler is told only what it asked for, and errors', () => {
    const kernel = new FakePoller()
    const reactor = manualReactor({ poller: kernel })
    kernel.open(7)
    const seen: number[] = []
    reactor.register(7, Interest.WRITABLE, (bits) => seen.push(bits))
    const { IN, OUT, ERR, HUP } = EpollFlag
    kernel.script(
      [{ fd: 7, flags: IN }],
      [{ fd: 7, flags: IN | OUT }],
      [{ fd: 7, flags: ERR | HUP }],
    )
    expect(pollTimes(reactor, 3)).toBe(2)
    expect(seen).toEqual([OUT, ERR | HUP])
    expect(seen.map(Readiness.failed)).toEqual([false, true])
    expect(reactor.stats().spurious).toBe(1)
  })
})

function fill(fd: number, block: string): boolean {
  return writeSome(fd, Buffer.from(block)) > 0
}
