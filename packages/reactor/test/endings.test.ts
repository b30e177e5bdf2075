import { AsyncLocalStorage } from 'node:async_hooks'
import { EpollFlag } from '@rearm/epoll-native'
import { dup3 } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import {
  AlreadyRegisteredError,
  Interest,
  InvalidRegistrationError,
  NotPollableError,
  Reactor,
  ReactorClosedError,
  ReactorFullError,
  type Registration,
} from '../src/index.js'
import { LoanDesk } from '../src/loan/index.js'
import { FakePoller } from '../src/testing/index.js'
import { turnsUntil } from './conformance/support.js'
import { Borrower } from './conformance/threads.js'
import { expectClean, manualReactor, pair } from './descriptors.js'
import { Ends, fired, ignore, isOpen } from './ends.js'
import { ScriptedDesk, SteppedPoller } from './scripted.js'

expectClean()

describe('onEnd is called once, when the registration has ended', () => {
  test('by deregister, with the descriptor open', () => {
    const reactor = manualReactor()
    const [ours] = pair()
    const ends = new Ends()
    const registration = reactor.register(ours, Interest.READABLE, ignore, ends)
    reactor.poll(0)
    expect(ends.told).toEqual([])
    registration.deregister()
    expect(ends.told).toEqual([registration])
    expect(isOpen(registration.fd)).toBe(true)
    registration.deregister()
    registration.close()
    reactor.close()
    expect(ends.told).toHaveLength(1)
  })

  test.each(['close', Symbol.dispose] as const)('by %s, with the descriptor closed', (end) => {
    const reactor = manualReactor()
    const [ours] = pair()
    let open: boolean | undefined
    const registration = reactor.register(ours, Interest.READABLE, ignore, {
      onEnd: ({ fd }) => {
        expect(open).toBeUndefined()
        open = isOpen(fd)
      },
    })
    registration[end]()
    expect(open).toBe(false)
    registration[end]()
  })

  test('by reactor.close, when all have ended', () => {
    const reactor = manualReactor()
    const ended: boolean[] = []
    const registrations: Registration[] = [1, 2, 3].map(() =>
      reactor.register(pair()[0], Interest.READABLE, ignore, {
        onEnd: ({ fd }) => {
          expect(isOpen(fd)).toBe(true)
          expect(reactor.closed).toBe(true)
          ended.push(registrations.every((each) => each.ended))
        },
      }),
    )
    const waker = reactor.waker()
    reactor.close()
    expect(waker.closed).toBe(true)
    expect(ended).toEqual([true, true, true])
    reactor.close()
    expect(ended).toHaveLength(3)
  })

  test('by a loan that was finished, when the reactor has closed it', () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    const ends = new Ends()
    const registration = fired(reactor, ends.onEnd)
    desk.borrow(registration.lend()).finish()
    registration.close()
    expect(ends.told).toEqual([])
    reactor.poll(1000)
    expect(ends.told).toEqual([registration])
    expect(isOpen(registration.fd)).toBe(false)
  })

  test.each(['rearm', 'finish'] as const)(
    'by close during a loan, when it has come back by %s',
    (end) => {
      const reactor = manualReactor()
      const desk = new LoanDesk(reactor.share())
      const ends = new Ends()
      const registration = fired(reactor, ends.onEnd)
      const loan = desk.borrow(registration.lend())
      registration.close()
      reactor.poll(0)
      expect(ends.told).toEqual([])
      expect(isOpen(registration.fd)).toBe(true)
      loan[end]()
      expect(ends.told).toEqual([])
      reactor.poll(1000)
      expect(ends.told).toEqual([registration])
      expect(isOpen(registration.fd)).toBe(false)
    },
  )

  test('not by a loan that is re-armed, nor by recall; by closing a ticket that nobody has borrowed', () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    const ends = new Ends()
    const registration = fired(reactor, ends.onEnd)
    desk.borrow(registration.lend()).rearm()
    reactor.poll(0)
    registration.lend()
    expect(registration.recall()).toBe(true)
    registration.lend()
    expect(ends.told).toEqual([])
    registration.close()
    expect(ends.told).toEqual([registration])
  })

  test.each(['attached', 'manual'] as const)(
    'by reactor.close during a loan, when it has come back (%s)',
    async (loop) => {
      const reactor = new Reactor({ loop })
      const desk = new LoanDesk(reactor.share())
      const ends = new Ends()
      const lent = fired(reactor, ends.onEnd)
      const unborrowed = fired(reactor, ends.onEnd)
      const loan = desk.borrow(lent.lend())
      unborrowed.lend()
      reactor.close()
      expect(ends.told).toEqual([unborrowed])
      loan.rearm()
      await turnsUntil(() => ends.told.length > 1)
      expect(ends.told).toEqual([unborrowed, lent])
      expect(isOpen(lent.fd)).toBe(false)
      reactor.close()
    },
  )

  test.each([false, true])(
    'by reclaim, when a worker was killed while it held the loan (reactor closed before: %s)',
    async (closed) => {
      const reactor = manualReactor()
      const borrower = await Borrower.start(reactor)
      const ends = new Ends()
      const held = fired(reactor, ends.onEnd)
      borrower.post({ name: 'hold', ticket: held.lend(), end: 'finish' })
      borrower.arrived(1)
      if (closed) reactor.close()
      await borrower.kill()
      expect(ends.told).toEqual([])
      expect(reactor.reclaim(borrower.threadId)).toEqual({ closed: 1, rearmed: 0 })
      expect(ends.told).toEqual([held])
      expect(isOpen(held.fd)).toBe(false)
      expect(reactor.reclaim(borrower.threadId)).toEqual({ closed: 0, rearmed: 0 })
      expect(ends.told).toHaveLength(1)
    },
  )

  test('by the kernel’s refusal to re-arm', () => {
    const kernel = new SteppedPoller()
    const reactor = manualReactor({ poller: kernel })
    const desk = new ScriptedDesk(reactor, kernel)
    kernel.open(7)
    const ends = new Ends()
    const registration = reactor.register(7, Interest.READABLE, ignore, {
      mode: 'oneshot',
      onEnd: ends.onEnd,
    })
    kernel.script([{ fd: 7, flags: EpollFlag.IN }])
    reactor.poll()
    const loan = desk.borrow(registration.lend())
    kernel.closeBehind(7)
    expect(() => loan.rearm()).toThrow('EBADF')
    expect(ends.told).toEqual([])
    kernel.script([{ fd: -1, flags: EpollFlag.IN, token: { low: 0xffffffff, high: 0 } }])
    reactor.poll()
    expect(ends.told).toEqual([registration])
  })

  test('by the number’s next registration, when it was closed behind the reactor’s back', () => {
    const reactor = manualReactor()
    const [ours] = pair()
    const [other] = pair()
    const ends = new Ends()
    const first = reactor.register(ours, Interest.READABLE, ignore, ends)
    expect(dup3(other, ours, 0)).toBe(ours)
    const second = reactor.register(ours, Interest.READABLE, ignore, ends)
    expect(ends.told).toEqual([first])
    expect([first.ended, second.ended]).toEqual([true, false])
  })

  test('by close of a number that is somebody else’s: it is left open', () => {
    const reactor = manualReactor()
    const [ours] = pair()
    const [other] = pair()
    const ends = new Ends()
    const registration = reactor.register(ours, Interest.READABLE, ignore, ends)
    expect(dup3(other, ours, 0)).toBe(ours)
    registration.close()
    expect(ends.told).toEqual([registration])
    expect(isOpen(ours)).toBe(true)
  })

  test('of one that is always ready', () => {
    const kernel = new FakePoller()
    const reactor = manualReactor({ poller: kernel })
    kernel.open(7, 'file')
    const ends = new Ends()
    const registration = reactor.register(7, Interest.READABLE, ignore, {
      notPollable: 'always-ready',
      onEnd: ends.onEnd,
    })
    registration.close()
    expect(ends.told).toEqual([registration])
    expect(kernel.isOpen(7)).toBe(false)
  })

  test('never when register threw', () => {
    const kernel = new FakePoller()
    const reactor = manualReactor({ poller: kernel, capacity: 2 })
    kernel.open(7)
    kernel.open(8, 'file')
    const ends = new Ends()
    const refused = (fd: number, interest: number, error: unknown) =>
      expect(() => reactor.register(fd, interest, ignore, ends)).toThrow(error as Error)
    refused(8, Interest.READABLE, NotPollableError)
    refused(9, Interest.READABLE, 'EBADF')
    refused(7, -1, InvalidRegistrationError)
    const registration = reactor.register(7, Interest.READABLE, ignore)
    refused(7, Interest.READABLE, AlreadyRegisteredError)
    kernel.open(10)
    reactor.register(10, Interest.READABLE, ignore)
    kernel.open(11)
    refused(11, Interest.READABLE, ReactorFullError)
    registration.close()
    expect(() =>
      reactor.register(7, Interest.READABLE, ignore, { onEnd: 1 as unknown as () => void }),
    ).toThrow(InvalidRegistrationError)
    reactor.close()
    refused(7, Interest.READABLE, ReactorClosedError)
    expect(ends.told).toEqual([])
    expect(kernel.calls.filter((call) => call.startsWith('ADD'))).toEqual([
      'ADD 8',
      'ADD 9',
      'ADD 7',
      'ADD 7',
      'ADD 10',
    ])
  })

  test('in the context of its registration, with keepContext', () => {
    const reactor = manualReactor()
    const storage = new AsyncLocalStorage<string>()
    const told: (string | undefined)[] = []
    const registrations = [true, false].map((keepContext) =>
      storage.run('then', () =>
        reactor.register(pair()[0], Interest.READABLE, ignore, {
          keepContext,
          onEnd: () => told.push(storage.getStore()),
        }),
      ),
    )
    storage.run('now', () => {
      for (const registration of registrations) registration.close()
    })
    expect(told).toEqual(['then', 'now'])
  })
})
