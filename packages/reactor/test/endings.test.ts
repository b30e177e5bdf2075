import { AsyncLocalStorage } from 'node:async_hooks'
import { EpollFlag } from '@rearm/epoll-native'
import { close, dup, dup3 } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import {
  AlreadyRegisteredError,
  Interest,
  InvalidRegistrationError,
  NotPollableError,
  Reactor,
  ReactorClosedError,
  ReactorFullError,
  type ReactorOptions,
  ReentrantPollError,
  type Registration,
  RegistrationEndedError,
} from '../src/index.js'
import { LoanDesk } from '../src/loan/index.js'
import { FakePoller } from '../src/testing/index.js'
import { turnsUntil } from './conformance/support.js'
import { Borrower } from './conformance/threads.js'
import { expectClean, manualReactor, pair, receive, send } from './descriptors.js'
import { ScriptedDesk, SteppedPoller } from './scripted.js'

expectClean()

const ignore = () => {}

/** Registrations that note their end, and whether it was over by then. */
class Ends {
  readonly told: Registration[] = []
  readonly onEnd = (registration: Registration): void => {
    expect(registration.ended).toBe(true)
    this.told.push(registration)
  }
}

/** A oneshot that has fired. */
function fired(reactor: Reactor, onEnd: (registration: Registration) => void): Registration {
  const [ours, theirs] = pair()
  const registration = reactor.register(ours, Interest.READABLE, ignore, { mode: 'oneshot', onEnd })
  send(theirs, 'x')
  reactor.poll(1000)
  return registration
}

function isOpen(fd: number): boolean {
  const copy = dup(fd)
  if (copy < 0) return false
  expect(close(copy)).toBe(0)
  return true
}

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

describe('an onEnd may do anything', () => {
  test('a counter of connections is exact at every moment', () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    let count = 0
    const open = () => {
      const [ours, theirs] = pair()
      send(theirs, 'x')
      count++
      return reactor.register(
        ours,
        Interest.READABLE,
        (_, self) => {
          const before = count
          if (count % 3 === 0) self.close()
          else if (count % 3 === 1) desk.borrow(self.lend()).finish()
          else {
            self.deregister()
            close(self.fd)
          }
          expect(count).toBe(before - (self.ended ? 1 : 0))
        },
        { mode: 'oneshot', onEnd: () => count-- },
      )
    }
    const registrations = Array.from({ length: 30 }, open)
    while (count > 0) {
      reactor.poll(1000)
      expect(count).toBe(registrations.filter(({ ended }) => !ended).length)
      expect(reactor.stats().registrations).toBe(count)
    }
  })

  test('end others: theirs are called when it has returned, before the call that began it does', () => {
    const reactor = manualReactor()
    const said: string[] = []
    const [first, second, third] = ['first', 'second', 'third'].map((name, index) =>
      reactor.register(pair()[0], Interest.READABLE, ignore, {
        onEnd: () => {
          said.push(`${name} begins`)
          if (index === 0) {
            third?.deregister()
            second?.close()
            expect([second?.ended, third?.ended]).toEqual([true, true])
            first?.close()
          }
          said.push(`${name} is over`)
        },
      }),
    )
    first?.close()
    expect(said).toEqual([
      'first begins',
      'first is over',
      'third begins',
      'third is over',
      'second begins',
      'second is over',
    ])
  })

  test('end the next one, and so on through 30000: no stack overflows', () => {
    const kernel = new FakePoller()
    const reactor = manualReactor({ poller: kernel })
    let told = 0
    const registrations: Registration[] = Array.from({ length: 30_000 }, (_, index) => {
      // Not the number of its bell.
      const fd = 100_000 + index
      kernel.open(fd)
      return reactor.register(fd, Interest.READABLE, ignore, {
        onEnd: () => registrations[++told]?.close(),
      })
    })
    registrations[0]?.close()
    expect(told).toBe(30_000)
    expect(reactor.stats().registrations).toBe(0)
  })

  test('register what takes the number and the slot at once', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const heard: string[] = []
    let again: Registration | undefined
    const registration = reactor.register(ours, Interest.READABLE, ignore, {
      onEnd: ({ fd }) => {
        again = reactor.register(fd, Interest.READABLE, () => heard.push(receive(fd)))
      },
    })
    registration.deregister()
    send(theirs, 'x')
    expect(reactor.poll(0)).toBe(1)
    expect([heard, again?.ended]).toEqual([['x'], false])
  })

  test('of one returned loan reclaim, close and register, while others have come back too', () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    const ends = new Ends()
    const successors: Registration[] = []
    const lent: Registration[] = [1, 2, 3].map(() =>
      fired(reactor, (registration) => {
        ends.onEnd(registration)
        expect(reactor.reclaim(0)).toEqual({ closed: 0, rearmed: 0 })
        for (const each of lent) each.close()
        successors.push(reactor.register(pair()[0], Interest.READABLE, ignore))
      }),
    )
    const loans = lent.map((registration) => desk.borrow(registration.lend()))
    for (const loan of loans) loan.finish()
    expect(reactor.reclaim(0)).toEqual({ closed: 0, rearmed: 0 })
    expect(new Set(ends.told)).toEqual(new Set(lent))
    expect(ends.told).toHaveLength(3)
    expect(successors.map(({ ended }) => ended)).toEqual([false, false, false])
  })

  test('close the reactor: the others end as well, once each', () => {
    const reactor = manualReactor()
    const ends = new Ends()
    const others = [1, 2].map(() => reactor.register(pair()[0], Interest.READABLE, ignore, ends))
    const registration = reactor.register(pair()[0], Interest.READABLE, ignore, {
      onEnd: (self) => {
        reactor.close()
        expect(reactor.closed).toBe(true)
        expect(() => self.rearm()).toThrow(RegistrationEndedError)
        expect(() => reactor.register(pair()[0], Interest.READABLE, ignore)).toThrow(
          ReactorClosedError,
        )
      },
    })
    registration.close()
    expect(ends.told).toEqual(others)
  })

  test('not poll, in a batch or out of it', () => {
    const reactor = manualReactor()
    const refused: string[] = []
    const onEnd = () => {
      try {
        reactor.poll(0)
      } catch (error) {
        if (error instanceof ReentrantPollError) refused.push(error.code)
      }
    }
    const [ours, theirs] = pair()
    reactor.register(ours, Interest.READABLE, (_, self) => self.close(), { onEnd })
    reactor.register(pair()[0], Interest.READABLE, ignore, { onEnd }).close()
    send(theirs, 'x')
    reactor.poll(0)
    expect(refused).toEqual(['ERR_REACTOR_REENTRANT_POLL', 'ERR_REACTOR_REENTRANT_POLL'])
  })

  test('end itself in its own handler, in a batch that still has events of others', () => {
    const reactor = manualReactor()
    const ends = new Ends()
    const registrations: Registration[] = [1, 2, 3].map(() => {
      const [ours, theirs] = pair()
      send(theirs, 'x')
      return reactor.register(
        ours,
        Interest.READABLE,
        () => {
          for (const each of registrations) each.close()
          expect(ends.told).toEqual(registrations)
        },
        ends,
      )
    })
    expect(reactor.poll(0)).toBe(1)
    expect(ends.told).toEqual(registrations)
  })
})

describe('what an onEnd throws', () => {
  /** A registration whose end throws `reason`. */
  function throwing(reactor: Reactor, reason: unknown): Registration {
    return reactor.register(pair()[0], Interest.WRITABLE, (_, self) => self.close(), {
      onEnd: () => {
        throw reason
      },
    })
  }

  /** What `call` throws, in an array, or an empty one. */
  function thrownBy(call: () => void): unknown[] {
    try {
      call()
    } catch (error) {
      return [error]
    }
    return []
  }

  test('in a batch surfaces after it, once, beside what handlers threw', () => {
    const reactor = manualReactor()
    throwing(reactor, 'of the end')
    let called = 0
    reactor.register(pair()[0], Interest.WRITABLE, (_, self) => {
      called++
      self.close()
      throw 'of the handler'
    })
    const [thrown] = thrownBy(() => reactor.poll(0))
    expect(new Set((thrown as AggregateError).errors)).toEqual(
      new Set(['of the end', 'of the handler']),
    )
    expect(called).toBe(1)
    expect(reactor.poll(0)).toBe(0)
  })

  test('outside of a batch derails nobody, and is the next poll’s, which does not wait', () => {
    const reactor = manualReactor()
    const reason = new Error('of the end')
    const registration = throwing(reactor, reason)
    registration.close()
    expect(registration.ended).toBe(true)
    expect(thrownBy(() => reactor.poll(-1))).toEqual([reason])
    expect(reactor.poll(0)).toBe(0)
  })

  test('reaches every other onEnd of the same call, and all are told', () => {
    const reactor = manualReactor()
    const ends = new Ends()
    throwing(reactor, 1)
    const between = reactor.register(pair()[0], Interest.READABLE, ignore, ends)
    throwing(reactor, 2)
    const [thrown] = thrownBy(() => reactor.close())
    expect(thrown).toBeInstanceOf(AggregateError)
    expect((thrown as AggregateError).errors).toEqual([1, 2])
    expect(ends.told).toEqual([between])
    expect(reactor.closed).toBe(true)
    expect(thrownBy(() => reactor.close())).toEqual([])
  })

  test('before reactor.close is thrown by it, when no poll came in between', () => {
    const reactor = manualReactor()
    throwing(reactor, 'before').close()
    expect(thrownBy(() => reactor.close())).toEqual(['before'])
  })

  test('from a close of the reactor within a handler is the poll’s', () => {
    const reactor = manualReactor()
    throwing(reactor, 'of the end')
    reactor.register(pair()[0], Interest.PRIORITY, () => reactor.close()).again()
    expect(thrownBy(() => reactor.poll(0))).toEqual(['of the end'])
  })

  test('does not make a register throw that takes the number over', () => {
    const reactor = manualReactor()
    const [other] = pair()
    const { fd } = throwing(reactor, 'of the end')
    expect(dup3(other, fd, 0)).toBe(fd)
    const registration = reactor.register(fd, Interest.READABLE, ignore)
    expect(registration.ended).toBe(false)
    expect(thrownBy(() => reactor.poll(0))).toEqual(['of the end'])
  })

  const reported = async (options: ReactorOptions, act: (reactor: Reactor) => void) => {
    const told: unknown[] = []
    const reactor = new Reactor({ ...options, onError: (error) => told.push(error) })
    act(reactor)
    expect(told).toEqual([])
    await turnsUntil(() => told.length > 0)
    reactor.close()
    return told
  }

  test('outside of a batch of an attached reactor is told to onError in the event loop’s next turn', async () => {
    expect(
      await reported({}, (reactor) => {
        const [first, second] = [throwing(reactor, 1), throwing(reactor, 2)]
        first.close()
        second.close()
      }),
    ).toEqual([1, 2])
    expect(
      await reported({}, (reactor) => {
        throwing(reactor, 3)
        reactor.close()
      }),
    ).toEqual([3])
  })

  test('within an onEnd that closes a reactor polled by hand is told in the event loop’s next turn', async () => {
    expect(
      await reported({ loop: 'manual' }, (reactor) => {
        throwing(reactor, 'later')
        const first = reactor.register(pair()[0], Interest.READABLE, ignore, {
          onEnd: () => {
            throw 'before'
          },
        })
        const closer = reactor.register(pair()[0], Interest.READABLE, ignore, {
          onEnd: () => {
            first.close()
            reactor.close()
          },
        })
        closer.close()
      }),
    ).toEqual(['before', 'later'])
  })

  test('when a loan comes back after the close is told as an event loop’s error', async () => {
    const told: unknown[] = []
    const reactor = new Reactor({ loop: 'manual', onError: (error) => told.push(error) })
    const desk = new LoanDesk(reactor.share())
    const registration = fired(reactor, () => {
      throw 'of the end'
    })
    const loan = desk.borrow(registration.lend())
    reactor.close()
    loan.finish()
    await turnsUntil(() => told.length > 0)
    expect(told).toEqual(['of the end'])
  })

  test('from reclaim after the close is told in the event loop’s next turn', async () => {
    const told: unknown[] = []
    const reactor = new Reactor({ loop: 'manual', onError: (error) => told.push(error) })
    const desk = new LoanDesk(reactor.share())
    const registration = fired(reactor, () => {
      throw 'of the end'
    })
    desk.borrow(registration.lend())
    reactor.close()
    expect(reactor.reclaim(0)).toEqual({ closed: 1, rearmed: 0 })
    expect(told).toEqual([])
    await turnsUntil(() => told.length > 0)
    expect(told).toEqual(['of the end'])
  })
})
