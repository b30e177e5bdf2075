import { Epoll, EpollEvents, EpollFlag, EventFd } from '@rearm/epoll-native'
import { close, DescriptorFlag, dup, dup3 } from '@rearm/epoll-native/io'
import { ReceivedDescriptors, recvmsg, sendmsg } from '@rearm/epoll-native/socket'
import { describe, expect, test } from 'vitest'
import { Interest, type Reactor, type Registration } from '../../src/index.js'
import { LoanDesk } from '../../src/loan/index.js'
import { FakePoller } from '../../src/testing/index.js'
import { expectClean, manualReactor, owned, pair, receive, send } from '../descriptors.js'
import {
  accept,
  arrived,
  pollTimes,
  pollUntil,
  tableOf,
  takeNumber,
  tcpConnect,
  tcpListener,
} from './support.js'

expectClean()

const ignore = () => {}

/** Closes a registered descriptor behind the reactor's back while a duplicate is kept, which it returns. */
function makeGhost(registration: Registration): number {
  const duplicate = owned(dup(registration.fd))
  close(registration.fd)
  registration.close()
  expect(registration.ended).toBe(true)
  return duplicate
}

describe('an event reaches whom it is for, or nobody', () => {
  test('[D1] tcp_close_accept: a number that is reused in the batch gets nothing of its last owner', () => {
    const reactor = manualReactor()
    const { fd: listening, address } = tcpListener()
    const clients = [tcpConnect(address), tcpConnect(address)]
    const servers: Registration[] = []
    const told: string[] = []
    let reused = -1
    const listener = reactor.register(listening, Interest.READABLE, () => {
      const connection = accept(listening)
      if (connection < 0) return
      servers.push(reactor.register(connection, Interest.READABLE, onReadable))
    })
    // Whoever is first of the batch closes the other and the listener, and connects anew under the other's number.
    const onReadable = (_: number, self: Registration) => {
      told.push(`old ${self.fd}`)
      const other = servers.find((each) => each !== self && !each.ended)
      if (other === undefined) return
      const [fresh] = pair()
      reused = other.fd
      other.close()
      listener.close()
      takeNumber(reused, fresh)
      reactor.register(reused, Interest.READABLE, () => told.push('new'))
    }
    pollUntil(reactor, () => servers.length === 2)
    for (const client of clients) send(client, 'x')
    // Both in one batch.
    for (const { fd } of servers) arrived(fd)
    const before = reactor.stats()
    expect(reactor.poll(1000)).toBe(1)
    expect(reactor.stats()).toMatchObject({
      events: before.events + 2,
      stale: before.stale + 1,
      ghosts: 0,
    })
    expect(told).toHaveLength(1)
    expect(servers.some((each) => each.fd === reused)).toBe(true)
    expect(pollTimes(reactor, 3)).toBe(3)
    expect(told).not.toContain('new')
  })

  test('[D1] the same on a kernel that plays a script', () => {
    const kernel = new FakePoller()
    const reactor = manualReactor({ poller: kernel })
    for (const fd of [7, 8]) kernel.open(fd)
    const told: string[] = []
    const eight = reactor.register(8, Interest.READABLE, () => told.push('old'))
    reactor.register(7, Interest.READABLE, () => {
      eight.close()
      kernel.open(8)
      reactor.register(8, Interest.READABLE, () => told.push('new'))
    })
    const { IN } = EpollFlag
    kernel.script([
      { fd: 7, flags: IN },
      { fd: 8, flags: IN, token: kernel.tokenOf(8) },
    ])
    expect(reactor.poll()).toBe(1)
    expect(told).toEqual([])
    kernel.script([{ fd: 8, flags: IN }])
    expect(reactor.poll()).toBe(1)
    expect(told).toEqual(['new'])
  })

  test('[D2] reader and writer of one connection: one closes both, the number is reused at once', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const writing = owned(dup(ours))
    const ready = owned(new EventFd({ initial: 1 }).release())
    const told: string[] = []
    const parts: Registration[] = []
    const onEvent = (name: string) => () => {
      told.push(name)
      for (const part of parts) part.close()
      for (const { fd } of parts) {
        takeNumber(fd, ready)
        reactor.register(fd, Interest.READABLE, () => told.push('new'), { mode: 'edge' })
      }
    }
    parts.push(reactor.register(ours, Interest.READABLE, onEvent('reader')))
    parts.push(reactor.register(writing, Interest.WRITABLE, onEvent('writer')))
    send(theirs, 'x')
    expect(reactor.poll(0)).toBe(1)
    expect(told).toHaveLength(1)
    expect(reactor.stats()).toMatchObject({ events: 2, stale: 1, ghosts: 0 })
    expect(pollTimes(reactor, 3)).toBe(2)
    expect(told.slice(1)).toEqual(['new', 'new'])
  })

  test('[D5] an event of an old generation of a slot is dropped, and is no ghost if the batch explains it', () => {
    const kernel = new FakePoller()
    const reactor = manualReactor({ poller: kernel, capacity: 2 })
    for (const fd of [7, 8]) kernel.open(fd)
    const told: string[] = []
    const old = reactor.register(7, Interest.READABLE, () => told.push('old'))
    const token = kernel.tokenOf(7)
    old.deregister()
    reactor.register(7, Interest.READABLE, () => told.push('new'))
    expect(kernel.tokenOf(7)).toEqual({ low: token.low, high: token.high + 1 })
    kernel.script([{ fd: 7, flags: EpollFlag.IN, token }])
    expect(reactor.poll()).toBe(0)
    // Nothing in this batch explains it: the kernel has an entry that we do not know of.
    expect(reactor.stats()).toMatchObject({ stale: 1, ghosts: 1, rebuilds: 1 })
    expect(kernel.calls).toContain('replace')
    kernel.script([{ fd: 7, flags: EpollFlag.IN }])
    expect(reactor.poll()).toBe(1)
    expect(told).toEqual(['new'])
  })

  test('[D5] a ghost whose slot was given to somebody else is not told to them', () => {
    const reactor = manualReactor({ capacity: 1 })
    const [ours, theirs] = pair()
    const [other, otherPeer] = pair()
    const duplicate = makeGhost(reactor.register(ours, Interest.READABLE, ignore))
    const heard: string[] = []
    reactor.register(other, Interest.READABLE, () => heard.push(receive(other)))
    send(theirs, 'for the ghost')
    expect(reactor.poll(1000)).toBe(0)
    expect(reactor.stats()).toMatchObject({ ghosts: 1, rebuilds: 1 })
    send(otherPeer, 'for the living')
    expect(reactor.poll(1000)).toBe(1)
    expect(heard).toEqual(['for the living'])
    expect(receive(duplicate)).toBe('for the ghost')
  })

  test('[D6] generations wrap from 2^32 - 1 to 0', () => {
    const reactor = manualReactor({ capacity: 1 })
    const table = tableOf(reactor)
    table.setGeneration(0, 2 ** 32 - 1)
    const [ours, theirs] = pair()
    const [other, otherPeer] = pair()
    const old = reactor.register(ours, Interest.READABLE, ignore)
    expect(table.generation(0)).toBe(2 ** 32 - 1)
    makeGhost(old)
    expect(table.generation(0)).toBe(0)
    const heard: string[] = []
    const registration = reactor.register(other, Interest.READABLE, () =>
      heard.push(receive(other)),
    )
    send(theirs, 'for generation 2^32 - 1')
    expect(reactor.poll(1000)).toBe(0)
    expect(reactor.stats()).toMatchObject({ ghosts: 1, rebuilds: 1 })
    send(otherPeer, 'for generation 0')
    expect(reactor.poll(1000)).toBe(1)
    expect(heard).toEqual(['for generation 0'])
    table.setGeneration(0, 2 ** 32 - 1)
    registration.modify(Interest.READABLE)
    expect(table.generation(0)).toBe(0)
    expect(reactor.audit().empty).toBe(true)
  })

  // Where a signed word would turn negative, where the state word's 19 bits wrap, and where all 32 do.
  test.each([2 ** 31 - 1, 2 ** 19 - 1, 2 ** 32 - 1])(
    '[D6] tickets after generation %i are lent, borrowed and armed like any other',
    (last) => {
      const reactor = manualReactor()
      const desk = new LoanDesk(reactor.share())
      tableOf(reactor).setGeneration(0, last)
      const [ours, theirs] = pair()
      const generations: number[] = []
      const registration = reactor.register(
        ours,
        Interest.READABLE,
        () => {
          const ticket = registration.lend()
          generations.push(ticket.generation)
          desk.borrow(ticket).rearm()
        },
        { mode: 'oneshot' },
      )
      send(theirs, 'x')
      expect(pollTimes(reactor, 3)).toBe(3)
      expect(generations).toEqual([1, 2, 3].map((step) => (last + step) % 2 ** 32))
    },
  )

  test('[D7] to close what was closed already is no error, and closes nobody else’s number', () => {
    const reactor = manualReactor()
    const [first] = pair()
    const [second] = pair()
    const [third] = pair()
    const [gone, reused, deregistered] = [first, second, third].map((fd) =>
      reactor.register(fd, Interest.READABLE, ignore),
    )
    const [other] = pair()
    for (const fd of [first, second, third]) close(fd)
    const fresh = takeNumber(second, other)
    gone?.close() // EBADF
    reused?.close() // ENOENT
    deregistered?.deregister()
    expect(reactor.stats().registrations).toBe(0)
    expect(close(fresh)).toBe(0)
    expect(pollTimes(reactor, 2)).toBe(0)
  })

  test('[D7] registering the number anew ends what was closed behind the reactor’s back', () => {
    const reactor = manualReactor()
    const [ours] = pair()
    const [fresh, freshPeer] = pair()
    const old = reactor.register(ours, Interest.READABLE, ignore)
    close(ours)
    expect(() => old.modify(Interest.WRITABLE)).toThrow(expect.objectContaining({ code: 'EBADF' }))
    expect(reactor.audit()).toMatchObject({ missing: [ours], empty: false })
    const number = takeNumber(ours, fresh)
    expect(() => old.modify(Interest.WRITABLE)).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    const heard: string[] = []
    reactor.register(number, Interest.READABLE, () => heard.push(receive(number)))
    expect(old.ended).toBe(true)
    old.close()
    send(freshPeer, 'x')
    expect(pollTimes(reactor, 3)).toBe(1)
    expect(heard).toEqual(['x'])
    expect(reactor.stats().registrations).toBe(1)
  })

  test('[D8] the kernel: an old number cannot be removed, a duplicate under the same number can', () => {
    using epoll = new Epoll()
    const events = new EpollEvents(4)
    const [ours, theirs] = pair()
    const duplicate = owned(dup(ours))
    epoll.add(ours, EpollFlag.IN, 1)
    close(ours)
    send(theirs, 'x')
    expect(() => epoll.delete(ours)).toThrow(expect.objectContaining({ code: 'EBADF' }))
    expect(epoll.wait(events, 0)).toBe(1)
    expect(dup3(duplicate, ours, DescriptorFlag.CLOEXEC)).toBe(ours)
    epoll.delete(ours)
    expect(epoll.wait(events, 0)).toBe(0)
  })

  test('[D8] the reactor: a duplicate that came back under the number still is the registration', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const duplicate = owned(dup(ours))
    const heard: string[] = []
    const registration = reactor.register(ours, Interest.READABLE, () => heard.push(receive(ours)))
    close(ours)
    expect(dup3(duplicate, ours, DescriptorFlag.CLOEXEC)).toBe(ours)
    send(theirs, 'x')
    expect(pollTimes(reactor, 3)).toBe(1)
    registration.modify(Interest.READABLE)
    registration.close()
    expect(heard).toEqual(['x'])
    expect(close(ours)).toBeLessThan(0)
    send(theirs, 'y')
    expect(pollTimes(reactor, 3)).toBe(0)
  })

  test('[D9] a descriptor that was passed on is closed here without leaving a ghost', () => {
    const reactor = manualReactor()
    const [carrier, carrierPeer] = pair()
    const [ours, theirs] = pair()
    const told: string[] = []
    const registration = reactor.register(ours, Interest.READABLE, () => told.push('sender'))
    expect(sendmsg(carrier, Buffer.from('!'), 0, 1, 0, [ours])).toBe(1)
    registration.close()
    send(theirs, 'for the receiver')
    expect(pollTimes(reactor, 3)).toBe(0)
    const received = owned(takePassed(carrierPeer))
    reactor.register(received, Interest.READABLE, () => told.push(receive(received)))
    expect(pollTimes(reactor, 3)).toBe(1)
    expect(told).toEqual(['for the receiver'])
    expect(reactor.stats()).toMatchObject({ stale: 0, ghosts: 0 })
  })

  test('[D9] one that was passed on and closed behind the reactor’s back is a ghost, and goes', () => {
    const reactor = manualReactor()
    const [carrier, carrierPeer] = pair()
    const [ours, theirs] = pair()
    const registration = reactor.register(ours, Interest.READABLE, ignore)
    expect(sendmsg(carrier, Buffer.from('!'), 0, 1, 0, [ours])).toBe(1)
    // In flight, the description has no number at all, and is watched.
    close(ours)
    registration.close()
    send(theirs, 'x')
    expect(reactor.poll(1000)).toBe(0)
    expect(pollTimes(reactor, 5)).toBe(0)
    expect(reactor.stats()).toMatchObject({ events: 1, stale: 1, ghosts: 1, rebuilds: 1 })
    const received = owned(takePassed(carrierPeer))
    expect(receive(received)).toBe('x')
  })

  test('[D10] a slot that is freed in a batch is not given out before its end', () => {
    const reactor = manualReactor({ capacity: 3 })
    const [one, onePeer] = pair()
    const [two, twoPeer] = pair()
    const [three] = pair()
    const told: string[] = []
    const registrations: Registration[] = []
    const slots: number[] = []
    const onEvent = (_: number, self: Registration) => {
      told.push(`old ${self.fd}`)
      for (const each of registrations) {
        slots.push(each.slot)
        each.deregister()
      }
      const fresh = reactor.register(three, Interest.WRITABLE, () => told.push('new'), {
        mode: 'edge',
      })
      expect(slots).not.toContain(fresh.slot)
      // Whatever is done to the old ones hits no new one.
      self.deregister()
      self.close()
    }
    registrations.push(reactor.register(one, Interest.READABLE, onEvent))
    registrations.push(reactor.register(two, Interest.READABLE, onEvent))
    send(onePeer, 'x')
    send(twoPeer, 'x')
    expect(reactor.poll(0)).toBe(1)
    expect(pollTimes(reactor, 2)).toBe(1)
    expect(told[1]).toBe('new')
    // The batch is over: both slots are there again.
    expect(slots).toContain(reactor.register(one, Interest.READABLE, ignore).slot)
    expect(slots).toContain(reactor.register(two, Interest.READABLE, ignore).slot)
  })

  test('[D10] remove self and insert another in one handler: the new one is not the old one', () => {
    const reactor = manualReactor({ capacity: 2 })
    const [ours, theirs] = pair()
    const told: string[] = []
    reactor.register(ours, Interest.READABLE, (_, self) => {
      told.push('old')
      self.deregister()
      reactor.register(ours, Interest.READABLE, () => told.push(receive(ours)))
      self.close()
    })
    send(theirs, 'x')
    expect(reactor.poll(0)).toBe(1)
    expect(reactor.poll(0)).toBe(1)
    expect(told).toEqual(['old', 'x'])
  })
})

describe('[D3] a rebuild', () => {
  /** Makes the reactor find a ghost now. */
  const rebuild = (reactor: Reactor) => {
    const [ours, theirs] = pair()
    const { rebuilds } = reactor.stats()
    makeGhost(reactor.register(ours, Interest.READABLE, ignore))
    send(theirs, 'x')
    pollUntil(reactor, () => reactor.stats().rebuilds === rebuilds + 1)
  }

  test('keeps who is armed, silent, disarmed and exclusive as they were', () => {
    const reactor = manualReactor()
    const told: string[] = []
    const peers: number[] = []
    const add = (mode: 'level' | 'edge' | 'oneshot' | 'exclusive') => {
      const [ours, theirs] = pair()
      peers.push(theirs)
      return reactor.register(
        ours,
        Interest.READABLE,
        () => told.push(`${mode} ${receive(ours)}`),
        {
          mode,
        },
      )
    }
    add('level')
    add('edge')
    add('oneshot')
    add('exclusive')
    const fired = add('oneshot')
    const disarmed = add('edge')
    send(peers[4] ?? -1, '-')
    reactor.poll(0)
    disarmed.disarm()
    told.length = 0
    rebuild(reactor)
    for (const peer of peers) send(peer, 'x')
    expect(pollTimes(reactor, 3)).toBe(4)
    expect(told.sort()).toEqual(['edge x', 'exclusive x', 'level x', 'oneshot x'])
    expect(reactor.audit().empty).toBe(true)
    // Arms as before, whichever of the two ways.
    fired.modify(Interest.READABLE)
    disarmed.modify(Interest.READABLE)
    expect(pollTimes(reactor, 3)).toBe(1)
    disarmed.rearm()
    expect(pollTimes(reactor, 3)).toBe(1)
    expect(reactor.audit().empty).toBe(true)
  })

  test('does not lose what was on loan, however often it is rebuilt', () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    const [ours, theirs] = pair()
    const told: string[] = []
    const registration = reactor.register(ours, Interest.READABLE, () => told.push(receive(ours)), {
      mode: 'oneshot',
    })
    send(theirs, 'one')
    reactor.poll(0)
    const loan = desk.borrow(registration.lend())
    rebuild(reactor)
    rebuild(reactor)
    loan.rearm()
    rebuild(reactor)
    rebuild(reactor)
    send(theirs, 'two')
    pollUntil(reactor, () => told.length === 2)
    expect(told).toEqual(['one', 'two'])
    registration.disarm()
    rebuild(reactor)
    registration.rearm()
    send(theirs, 'three')
    pollUntil(reactor, () => told.length === 3)
  })

  test('adds nobody’s number that was closed behind the reactor’s back and belongs to somebody else now', () => {
    const reactor = manualReactor()
    const [ours] = pair()
    const told: string[] = []
    const forgotten = reactor.register(ours, Interest.READABLE, () => told.push('wrong owner'))
    const [fresh, freshPeer] = pair()
    close(ours)
    const number = takeNumber(ours, fresh)
    send(freshPeer, 'private')
    rebuild(reactor)
    expect(pollTimes(reactor, 3)).toBe(0)
    expect(told).toEqual([])
    forgotten.close()
    expect(receive(number)).toBe('private')
    expect(reactor.audit().empty).toBe(true)
  })
})

function takePassed(carrier: number): number {
  const received = new ReceivedDescriptors(1)
  expect(recvmsg(carrier, new Uint8Array(1), 0, 1, 0, received)).toBe(1)
  expect(received.count).toBe(1)
  return received.get(0)
}
