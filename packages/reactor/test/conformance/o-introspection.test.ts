import { readFileSync } from 'node:fs'
import { EpollFlag, EpollOp, EventFd, epollCtl } from '@rearm/epoll-native'
import { close, dup } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import { Interest, type Mode, type Reactor } from '../../src/index.js'
import { LoanDesk } from '../../src/loan/index.js'
import { FakePoller } from '../../src/testing/index.js'
import { expectClean, manualReactor, owned, pair, receive, send } from '../descriptors.js'
import { epfdOf, pollTimes, tableOf } from './support.js'

expectClean()

const ignore = () => {}
const { IN, OUT, ERR, HUP, RDHUP, ET, ONESHOT, EXCLUSIVE } = EpollFlag

/** The kernel's list, read without the reactor: descriptor → [events, slot, generation], its bell left out. */
function kernelList(reactor: Reactor): Map<number, readonly number[]> {
  const list = new Map<number, readonly number[]>()
  const lines = readFileSync(`/proc/self/fdinfo/${epfdOf(reactor)}`, 'utf8').split('\n')
  for (const line of lines.filter((each) => each.startsWith('tfd:'))) {
    const [fd = '', events = '', data = ''] = line.split(/tfd:|events:|data:|pos:/).slice(1)
    const token = data.trim().padStart(16, '0')
    const entry = [events, token.slice(8), token.slice(0, 8)].map((hex) => Number.parseInt(hex, 16))
    if (Number(fd) !== tableOf(reactor).bell) list.set(Number(fd), entry)
  }
  return list
}

describe('introspection', () => {
  test('[O1] registrations is a snapshot of the list, without wakers', () => {
    const reactor = manualReactor()
    reactor.waker()
    const bells = [1, 2, 3].map(() => owned(new EventFd().release()))
    const modes: readonly Mode[] = ['level', 'edge', 'oneshot']
    const all = bells.map((bell, index) =>
      reactor.register(bell, Interest.READABLE, ignore, { mode: modes[index] ?? 'level' }),
    )
    const snapshot = reactor.registrations
    expect(snapshot).toEqual(all)
    expect(
      snapshot.map(({ fd, mode, interest, ended, lent }) => [fd, mode, interest, ended, lent]),
    ).toEqual(bells.map((bell, index) => [bell, modes[index], Interest.READABLE, false, false]))
    // Ending what it holds, or changing it, changes no other.
    for (const registration of snapshot) registration.deregister()
    expect(snapshot).toHaveLength(3)
    expect(reactor.registrations).toEqual([])
    expect(reactor.stats().registrations).toBe(0)
  })

  test('[O2] stats count waits, events, calls, stale and spurious events, and batch sizes', () => {
    const kernel = new FakePoller()
    const reactor = manualReactor({ poller: kernel })
    for (const fd of [5, 6, 7, 8]) kernel.open(fd)
    const later = reactor.register(8, Interest.READABLE, ignore)
    reactor.register(5, Interest.READABLE, () => later.deregister())
    reactor.register(6, Interest.READABLE, ignore)
    const lent = reactor.register(7, Interest.READABLE, ignore, { mode: 'oneshot' })
    const token = kernel.tokenOf(7)
    kernel.script(
      [],
      [
        { fd: 5, flags: IN },
        { fd: 8, flags: IN },
      ],
      [{ fd: 7, flags: IN }],
      // Fired already: its shot is nobody's.
      [
        { fd: 7, flags: IN, token },
        { fd: 6, flags: OUT },
        { fd: 6, flags: IN },
      ],
    )
    expect(pollTimes(reactor, 4)).toBe(3)
    const { handlerMs, ...counts } = reactor.stats()
    expect(counts).toEqual({
      registrations: 3,
      waits: 4,
      events: 6,
      delivered: 3,
      stale: 1,
      spurious: 2,
      ghosts: 0,
      rebuilds: 0,
      batchSizes: [1, 1, 2, ...new Array(21).fill(0)],
    })
    expect(handlerMs).toBeGreaterThanOrEqual(0)
    lent.close()
  })

  test('[O2] time in handlers is counted', () => {
    const reactor = manualReactor()
    reactor.register(owned(new EventFd({ initial: 1 }).release()), Interest.READABLE, () => {
      const until = performance.now() + 5
      while (performance.now() < until) {}
    })
    pollTimes(reactor, 3)
    expect(reactor.stats().handlerMs).toBeGreaterThanOrEqual(15)
    const snapshot = reactor.stats()
    pollTimes(reactor, 1)
    expect(snapshot).toMatchObject({ waits: 3, delivered: 3 })
  })

  test('[O3] our list equals /proc/self/fdinfo in every mode and state', () => {
    const reactor = manualReactor()
    reactor.waker()
    const always = ERR | HUP
    const read = IN | RDHUP | always
    const masks: readonly (readonly [Mode, number])[] = [
      ['level', read],
      ['edge', read | ET],
      ['oneshot', read | ONESHOT],
      ['edge-oneshot', read | ET | ONESHOT],
      ['exclusive', IN | always | EXCLUSIVE],
    ]
    const expected = new Map<number, readonly number[]>()
    const [waker] = [...kernelList(reactor).keys()]
    const registrations = masks.map(([mode, mask]) => {
      const [ours] = pair()
      const registration = reactor.register(ours, Interest.READABLE, ignore, { mode })
      expected.set(ours, [
        mask >>> 0,
        registration.slot,
        tableOf(reactor).generation(registration.slot),
      ])
      return registration
    })
    const own = () => new Map([...kernelList(reactor)].filter(([fd]) => fd !== waker))
    expect(own()).toEqual(expected)
    expect(reactor.audit().empty).toBe(true)
    for (const each of registrations) each.disarm()
    expect(own()).toEqual(new Map())
    expect(reactor.audit().empty).toBe(true)
    for (const each of registrations) each.rearm()
    expect([...own()].map(([fd, [mask]]) => [fd, mask]).sort()).toEqual(
      [...expected].map(([fd, [mask]]) => [fd, mask]).sort(),
    )
    for (const each of registrations.slice(0, 4)) each.modify(Interest.WRITABLE)
    expect(reactor.audit().empty).toBe(true)
    // The oneshots have fired, and have only the bits of their mode left.
    expect(reactor.poll(0)).toBe(4)
    expect(own().get(registrations[2]?.fd ?? -1)?.[0]).toBe(ONESHOT)
    expect(reactor.audit().empty).toBe(true)
    for (const each of registrations) each.close()
    expect(own()).toEqual(new Map())
  })

  test('[O3] while a oneshot is on loan and when it is back, the lists agree', () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    const [ours, theirs] = pair()
    const registration = reactor.register(ours, Interest.READABLE, () => receive(ours), {
      mode: 'oneshot',
    })
    send(theirs, 'x')
    reactor.poll(0)
    const ticket = registration.lend()
    expect(reactor.audit().empty).toBe(true)
    const loan = desk.borrow(ticket)
    expect(reactor.audit().empty).toBe(true)
    loan.rearm(Interest.WRITABLE)
    expect(reactor.audit().empty).toBe(true)
    expect(kernelList(reactor).get(ours)?.[0]).toBe((OUT | ERR | HUP | ONESHOT) >>> 0)
  })

  test('[O3] audit names what is missing, a ghost, or asks for something else', () => {
    const reactor = manualReactor()
    const epfd = epfdOf(reactor)
    const [gone] = pair()
    const [haunted] = pair()
    const [changed] = pair()
    const [stranger] = pair()
    owned(dup(haunted))
    const registrations = [gone, haunted, changed].map((fd) =>
      reactor.register(fd, Interest.READABLE, ignore),
    )
    close(gone)
    close(haunted)
    registrations[1]?.close()
    expect(epollCtl(epfd, EpollOp.ADD, stranger, IN, 4711, 0)).toBe(0)
    const slot = registrations[2]?.slot ?? -1
    const generation = tableOf(reactor).generation(slot)
    expect(epollCtl(epfd, EpollOp.MOD, changed, OUT, slot, generation)).toBe(0)
    const { missing, ghosts, wrong, empty } = reactor.audit()
    expect(empty).toBe(false)
    expect(missing).toEqual([gone])
    expect(ghosts.map(({ fd }) => fd).sort()).toEqual([haunted, stranger].sort())
    expect(wrong).toEqual([
      { fd: changed, events: (OUT | ERR | HUP) >>> 0, tokenLow: slot, tokenHigh: generation },
    ])
    // A wrong generation is a ghost: its events would be dropped.
    expect(epollCtl(epfd, EpollOp.MOD, changed, IN, slot, generation + 1)).toBe(0)
    expect(reactor.audit().ghosts.map(({ fd }) => fd)).toContain(changed)
    reactor.close()
  })
})
