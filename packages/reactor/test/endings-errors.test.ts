import { dup3 } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import { Interest, Reactor, type ReactorOptions, type Registration } from '../src/index.js'
import { LoanDesk } from '../src/loan/index.js'
import { turnsUntil } from './conformance/support.js'
import { expectClean, manualReactor, pair } from './descriptors.js'
import { Ends, fired, ignore } from './ends.js'

expectClean()

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
