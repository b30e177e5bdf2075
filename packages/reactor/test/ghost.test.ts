import { Epoll, EpollEvents, EpollFlag, EpollWatcher } from '@rearm/epoll-native'
import { close, dup } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import { Interest, Reactor } from '../src/index.js'
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

  test('[D3] floods a plain watcher on the event loop, and not an attached reactor', async () => {
    const turns = 200
    const [ours, theirs] = pair()
    owned(dup(ours))
    using epoll = new Epoll()
    let flood = 0
    using watcher = new EpollWatcher(epoll, new EpollEvents(4), (count) => {
      flood += count
    })
    epoll.add(ours, EpollFlag.IN, ours)
    const reactor = new Reactor()
    const registration = reactor.register(ours, Interest.READABLE, () => {})
    close(ours)
    registration.close()
    send(theirs, 'x')
    while (flood < turns) await new Promise(setImmediate)
    watcher.close()
    // The event loop has had as many turns, and the reactor one wait, which found the ghost.
    expect(reactor.stats()).toMatchObject({ waits: 1, events: 1, ghosts: 1, rebuilds: 1 })
    expect(reactor.audit().empty).toBe(true)
    reactor.close()
  })

  test('[D3] is found among many, and all of them by one rebuild', () => {
    const reactor = manualReactor()
    const peers: number[] = []
    for (let i = 0; i < 50; i++) {
      const [ours, theirs] = pair()
      owned(dup(ours))
      const registration = reactor.register(ours, Interest.READABLE, () => {})
      close(ours)
      registration.close()
      peers.push(theirs)
    }
    for (const peer of peers) send(peer, 'x')
    expect(reactor.poll(1000)).toBe(0)
    for (let turn = 0; turn < 100; turn++) reactor.poll(0)
    expect(reactor.stats()).toMatchObject({ ghosts: 50, rebuilds: 1, stale: 50, events: 50 })
  })

  test('[D3] does not take an edge from anybody: what is ready fires again from the new epoll', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const [edge, edgePeer] = pair()
    owned(dup(ours))
    const heard: string[] = []
    const registration = reactor.register(ours, Interest.READABLE, () => {})
    // Its first event leaves half of what is there: an edge that a plain rebuild could not tell from a lost one.
    reactor.register(edge, Interest.READABLE, () => heard.push(receive(edge, 3)), { mode: 'edge' })
    close(ours)
    registration.close()
    send(edgePeer, 'onetwo')
    send(theirs, 'x')
    reactor.poll(1000)
    expect(reactor.stats().rebuilds).toBe(1)
    reactor.poll(1000)
    expect(heard).toEqual(['one', 'two'])
  })

  test('[D3] that is silent costs nothing, and the audit names it', () => {
    const reactor = manualReactor()
    const [ours] = pair()
    const duplicate = dup(ours)
    const registration = reactor.register(ours, Interest.READABLE, () => {})
    close(ours)
    registration.close()
    for (let turn = 0; turn < 100; turn++) expect(reactor.poll(0)).toBe(0)
    expect(reactor.stats()).toMatchObject({ events: 0, rebuilds: 0 })
    expect(reactor.audit().ghosts).toMatchObject([{ fd: ours }])
    close(duplicate)
  })
})
