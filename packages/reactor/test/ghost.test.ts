import { Epoll, EpollEvents, EpollFlag } from '@rearm/epoll-native'
import { close, dup } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import { Interest } from '../src/index.js'
import { expectClean, manualReactor, owned, pair, receive, send } from './descriptors.js'

expectClean()

describe('a duplicated descriptor that was closed behind its watcher’s back', () => {
  test('[D3] floods a plain epoll with events that cannot be removed', () => {
    using epoll = new Epoll()
    const events = new EpollEvents(4)
    const [ours, theirs] = pair()
    const duplicate = owned(dup(ours))
    epoll.add(ours, EpollFlag.IN, ours)
    close(ours)
    send(theirs, 'x')
    for (let turn = 0; turn < 100; turn++) {
      expect(epoll.wait(events, 0)).toBe(1)
      expect(events.tokenLow(0)).toBe(ours)
    }
    expect(() => epoll.delete(ours)).toThrow(expect.objectContaining({ code: 'EBADF' }))
    expect(() => epoll.delete(duplicate)).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  })

  test('[D3] makes the reactor rebuild its epoll, count it, and be quiet; no live edge is lost', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const [edge, edgePeer] = pair()
    owned(dup(ours))
    const registration = reactor.register(ours, Interest.READABLE, () => {})
    const heard: string[] = []
    reactor.register(edge, Interest.READABLE, () => heard.push(receive(edge)), { mode: 'edge' })
    close(ours)
    registration.close()
    expect(registration.ended).toBe(true)
    send(theirs, 'x')
    expect(reactor.poll(1000)).toBe(0)
    expect(reactor.stats()).toMatchObject({ ghosts: 1, rebuilds: 1, stale: 1 })
    for (let turn = 0; turn < 100; turn++) reactor.poll(0)
    expect(reactor.stats()).toMatchObject({ ghosts: 1, rebuilds: 1, stale: 1, events: 1 })
    send(edgePeer, 'still here')
    reactor.poll(1000)
    expect(heard).toEqual(['still here'])
  })
})
