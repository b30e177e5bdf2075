import { close } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import {
  Interest,
  ReactorClosedError,
  ReentrantPollError,
  type Registration,
  RegistrationEndedError,
} from '../src/index.js'
import { LoanDesk } from '../src/loan/index.js'
import { FakePoller } from '../src/testing/index.js'
import { expectClean, manualReactor, pair, receive, send } from './descriptors.js'
import { Ends, fired, ignore } from './ends.js'

expectClean()

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

  test('a waker that has got the number of what ends is none of its registrations', () => {
    const reactor = manualReactor()
    const [gone] = pair()
    const listed: number[][] = []
    let rung = 0
    reactor.register(gone, Interest.READABLE, ignore, {
      onEnd: () => {
        listed.push(reactor.registrations.map(({ fd }) => fd))
        expect(reactor.stats().registrations).toBe(0)
      },
    })
    close(gone)
    const waker = reactor.waker(() => rung++)
    expect(waker.fd).toBe(gone)
    expect(listed).toEqual([[]])
    waker.wake()
    reactor.poll(1000)
    expect(rung).toBe(1)
  })

  test('close the reactor that makes a waker: there is none then', () => {
    const reactor = manualReactor()
    const [gone] = pair()
    reactor.register(gone, Interest.READABLE, ignore, { onEnd: () => reactor.close() })
    close(gone)
    expect(() => reactor.waker()).toThrow(ReactorClosedError)
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
