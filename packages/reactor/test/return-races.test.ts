import { EventFd } from '@rearm/epoll-native'
import { close } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import { Interest, Reactor, type Registration } from '../src/index.js'
import { LoanDesk } from '../src/loan/index.js'
import { SlotTable } from '../src/loan/slot-table.js'
import { Borrower } from './conformance/threads.js'
import { expectClean, owned, pair, send } from './descriptors.js'

expectClean()

/** A desk of no thread: to reclaim it takes back what others have returned, and nothing else. */
const nobody = 0x7ffffffe

/** A oneshot registration that has fired. */
function fired(reactor: Reactor): Registration {
  const [ours, theirs] = pair()
  const registration = reactor.register(ours, Interest.READABLE, () => {}, { mode: 'oneshot' })
  send(theirs, 'x')
  reactor.poll(0)
  return registration
}

function bellOf(reactor: Reactor): number {
  return SlotTable.attach(reactor.share()).bell
}

/** Eventfds under the numbers that have just become free: a late ring would make one of them readable. */
function heirs(): EventFd[] {
  return Array.from({ length: 4 }, () => {
    const heir = new EventFd()
    owned(heir.fd)
    return heir
  })
}

/** Has `act` done when a loan can be seen to be over, and the bell is still to be rung. */
function beforeTheRing(desk: LoanDesk, act: () => void): void {
  const { table } = desk
  const push = table.pushReturned
  table.pushReturned = (slot) => {
    push.call(table, slot)
    act()
  }
}

describe('a borrower between the end of its loan and the ring of the bell', () => {
  test('keeps the number of the bell from being given up, whoever closes the reactor', () => {
    const reactor = new Reactor({ loop: 'manual' })
    const bell = bellOf(reactor)
    const desk = new LoanDesk(reactor.share())
    const registration = fired(reactor)
    let strangers: EventFd[] = []
    beforeTheRing(desk, () => {
      reactor.reclaim(nobody)
      expect(registration.ended).toBe(true)
      reactor.close()
      strangers = heirs()
    })
    desk.borrow(registration.lend()).finish()
    expect(strangers.map((stranger) => stranger.read())).toEqual(strangers.map(() => undefined))
    // In one thread nobody can wait for it, so that the number stays taken: as it would by a thread that was killed there.
    expect(EventFd.write(bell)).toBe(true)
    expect(close(bell)).toBe(0)
  })

  test('is waited for by the thread that closes the reactor: 10 rounds', async () => {
    for (let round = 0; round < 10; round++) {
      const reactor = new Reactor({ loop: 'manual' })
      const bell = bellOf(reactor)
      const borrower = await Borrower.start(reactor)
      const registration = fired(reactor)
      borrower.post({ name: 'returnSlowly', ticket: registration.lend() })
      borrower.arrived(1)
      reactor.reclaim(nobody)
      expect(registration.ended).toBe(true)
      // The borrower goes on when it sees that the reactor closes.
      reactor.close()
      const strangers = heirs()
      await borrower.answer()
      expect(strangers.map((stranger) => stranger.read())).toEqual(strangers.map(() => undefined))
      expect(strangers.map(({ fd }) => fd)).toContain(bell)
      await borrower.end()
      for (const stranger of strangers) stranger.close()
    }
  })

  test('that is killed there costs nothing, if it is reclaimed', async () => {
    const reactor = new Reactor({ loop: 'manual' })
    const bell = bellOf(reactor)
    const borrower = await Borrower.start(reactor)
    const registration = fired(reactor)
    borrower.post({ name: 'returnSlowly', ticket: registration.lend() })
    borrower.arrived(1)
    await borrower.kill()
    expect(reactor.reclaim(borrower.threadId)).toEqual({ closed: 0, rearmed: 0 })
    expect(registration.ended).toBe(true)
    // Its desk's next owner may ring as ever.
    const next = fired(reactor)
    new LoanDesk(reactor.share()).borrow(next.lend()).finish()
    reactor.poll(1000)
    expect(next.ended).toBe(true)
    reactor.close()
    expect(EventFd.write.bind(undefined, bell)).toThrow(expect.objectContaining({ code: 'EBADF' }))
  })

  test('that is killed there and never reclaimed costs one number, and holds up nobody', async () => {
    const reactor = new Reactor({ loop: 'manual' })
    const bell = bellOf(reactor)
    const borrower = await Borrower.start(reactor)
    const registration = fired(reactor)
    borrower.post({ name: 'returnSlowly', ticket: registration.lend() })
    borrower.arrived(1)
    await borrower.kill()
    reactor.reclaim(nobody)
    expect(registration.ended).toBe(true)
    reactor.close()
    expect(EventFd.write(bell)).toBe(true)
    expect(close(bell)).toBe(0)
  })
})
