import { EpollFlag, EventFd } from '@rearm/epoll-native'
import { describe, expect, test } from 'vitest'
import { Interest, ReentrantPollError, type Registration } from '../../src/index.js'
import { FakePoller } from '../../src/testing/index.js'
import { expectClean, manualReactor, owned, receive, send } from '../descriptors.js'
import { accept, pollTimes, pollUntil, tcpConnect, tcpListener } from './support.js'

expectClean()

const ignore = () => {}

/** Eventfds that are ready, closed at the end of the test. */
function readyBells(count: number): number[] {
  return Array.from({ length: count }, () => owned(new EventFd({ initial: 1 }).release()))
}

describe('handlers that change the list while it is dispatched', () => {
  test.each(['deregister', 'close'] as const)('[E1] a handler may %s itself', (end) => {
    const reactor = manualReactor()
    const [first = -1, second = -1] = readyBells(2)
    let called = 0
    reactor.register(first, Interest.READABLE, (_, self) => {
      called++
      self[end]()
    })
    reactor.register(second, Interest.READABLE, () => called++)
    expect(reactor.poll(0)).toBe(2)
    expect(reactor.poll(0)).toBe(1)
    expect(called).toBe(3)
    expect(reactor.stats()).toMatchObject({ registrations: 1, stale: 0 })
  })

  test.each(['deregister', 'close'] as const)(
    '[E2] removing a later event of the batch by %s drops it',
    (end) => {
      const reactor = manualReactor()
      const bells = readyBells(10)
      const called: number[] = []
      const registrations = bells.map((bell) =>
        reactor.register(bell, Interest.READABLE, (_, self) => {
          called.push(self.fd)
          // Every second one of the others, wherever in the batch they are.
          if (called.length > 1) return
          const others = registrations.filter((each) => each !== self)
          for (const other of others.filter((_, index) => index % 2 === 0)) other[end]()
        }),
      )
      expect(reactor.poll(0)).toBe(5)
      expect(
        called.every((fd) => registrations.some((each) => each.fd === fd && !each.ended)),
      ).toBe(true)
      expect(reactor.stats()).toMatchObject({ events: 10, stale: 5, ghosts: 0, rebuilds: 0 })
      expect(reactor.poll(0)).toBe(5)
    },
  )

  test('[E2] removing an earlier, a later and an unready one, by script', () => {
    const kernel = new FakePoller()
    const reactor = manualReactor({ poller: kernel })
    const told: number[] = []
    const registrations = [1, 2, 3, 4].map((fd) => {
      kernel.open(fd)
      return reactor.register(fd, Interest.READABLE, () => {
        told.push(fd)
        if (fd === 2) for (const each of registrations) if (each.fd !== 2) each.close()
      })
    })
    const { IN } = EpollFlag
    kernel.script([1, 2, 3].map((fd) => ({ fd, flags: IN })))
    expect(reactor.poll()).toBe(2)
    expect(told).toEqual([1, 2])
    expect(kernel.calls.filter((call) => call.startsWith('close'))).toEqual([
      'close 1',
      'close 3',
      'close 4',
    ])
  })

  test('[E2] what was disarmed in the batch is silent, and re-armed it is the next batch’s', () => {
    const reactor = manualReactor()
    const bells = readyBells(3)
    const called: number[] = []
    const registrations: Registration[] = bells.map((bell) =>
      reactor.register(bell, Interest.READABLE, (_, self) => {
        called.push(self.fd)
        if (called.length > 1) return
        const [one, two] = registrations.filter((each) => each !== self)
        one?.disarm()
        two?.disarm()
        two?.rearm()
      }),
    )
    expect(reactor.poll(0)).toBe(1)
    expect(reactor.poll(0)).toBe(2)
    expect(reactor.stats()).toMatchObject({ stale: 2, ghosts: 0 })
    expect(reactor.audit().empty).toBe(true)
  })

  test('[E3] one handler removes all 2500 of its batch', () => {
    const reactor = manualReactor({ batch: 4096 })
    const registrations: Registration[] = readyBells(2500).map((bell) =>
      reactor.register(bell, Interest.READABLE, () => {
        for (const each of registrations) each.close()
      }),
    )
    expect(reactor.poll(0)).toBe(1)
    expect(reactor.stats()).toMatchObject({
      events: 2500,
      delivered: 1,
      stale: 2499,
      ghosts: 0,
      registrations: 0,
    })
    expect(reactor.poll(0)).toBe(0)
  })

  test('[E4] what a handler adds is not told in this batch', () => {
    const reactor = manualReactor()
    const [first = -1, second = -1, third = -1] = readyBells(3)
    const told: string[] = []
    reactor.register(first, Interest.READABLE, (_, self) => {
      told.push('first')
      self.deregister()
      reactor.register(second, Interest.READABLE, () => told.push('second'), { mode: 'edge' })
      // In a slot and under a number that this batch knows.
      reactor.register(first, Interest.READABLE, () => told.push('again'), { mode: 'edge' })
    })
    reactor.register(third, Interest.READABLE, () => told.push('third'), { mode: 'edge' })
    expect(reactor.poll(0)).toBe(2)
    expect(told.sort()).toEqual(['first', 'third'])
    expect(reactor.poll(0)).toBe(2)
    expect(told.slice(2).sort()).toEqual(['again', 'second'])
  })

  test('[E8] a listener that is removed by its own accept handler', () => {
    const reactor = manualReactor()
    const { fd, address } = tcpListener()
    const clients = [tcpConnect(address), tcpConnect(address)]
    const heard: string[] = []
    const listener = reactor.register(fd, Interest.READABLE, (_, self) => {
      const connection = accept(fd)
      self.close()
      reactor.register(connection, Interest.READABLE, () => heard.push(receive(connection)))
    })
    pollUntil(reactor, () => listener.ended)
    for (const client of clients) {
      // The second client was in the backlog of a listener that is gone: its connection is reset.
      if (client === clients[0]) send(client, 'x')
    }
    pollUntil(reactor, () => heard.length === 1)
    expect(heard).toEqual(['x'])
    expect(reactor.stats().registrations).toBe(1)
  })
})

describe('[E6] a handler that throws', () => {
  test('does not keep the others of the batch from being called, and its error surfaces once', () => {
    const reactor = manualReactor()
    const bells = readyBells(5)
    const thrown = new Error('thrown')
    let called = 0
    for (const bell of bells) {
      reactor.register(
        bell,
        Interest.READABLE,
        () => {
          called++
          if (called === 2) throw thrown
        },
        { mode: 'edge' },
      )
    }
    expect(() => reactor.poll(0)).toThrow(thrown)
    expect(called).toBe(5)
    expect(reactor.poll(0)).toBe(0)
  })

  test('with others that throw: one AggregateError holds them all, undefined too', () => {
    const reactor = manualReactor()
    const reasons = [new Error('one'), 'two', undefined]
    readyBells(3).forEach((bell, index) => {
      reactor.register(
        bell,
        Interest.READABLE,
        () => {
          throw reasons[index]
        },
        { mode: 'edge' },
      )
    })
    let thrown: unknown
    try {
      reactor.poll(0)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(AggregateError)
    expect(new Set((thrown as AggregateError).errors)).toEqual(new Set(reasons))
    expect(reactor.poll(0)).toBe(0)
  })

  test('is told to onError, each error by itself; what onError throws surfaces, and hides none', () => {
    const reported: unknown[] = []
    const reactor = manualReactor({
      onError: (error) => {
        reported.push(error)
        if (error === 1) throw new Error('of onError')
      },
    })
    readyBells(3).forEach((bell, index) => {
      reactor.register(
        bell,
        Interest.READABLE,
        () => {
          throw index
        },
        { mode: 'edge' },
      )
    })
    expect(() => reactor.poll(0)).toThrow('of onError')
    expect(reported.sort()).toEqual([0, 1, 2])
    expect(reactor.poll(0)).toBe(0)
    expect(reported).toHaveLength(3)
  })

  test('after it has closed its registration or the reactor leaves both closed', () => {
    const reactor = manualReactor()
    const [first = -1, second = -1] = readyBells(2)
    const registration = reactor.register(first, Interest.READABLE, (_, self) => {
      self.close()
      throw new Error('after close')
    })
    expect(() => reactor.poll(0)).toThrow('after close')
    expect(registration.ended).toBe(true)
    reactor.register(second, Interest.READABLE, () => {
      reactor.close()
      throw new Error('after the reactor’s close')
    })
    expect(() => reactor.poll(0)).toThrow('after the reactor’s close')
    expect(reactor.closed).toBe(true)
  })

  test('in a turn that it asked for is treated as in any other', () => {
    const reactor = manualReactor()
    const [bell = -1] = readyBells(1)
    let called = 0
    reactor.register(
      bell,
      Interest.READABLE,
      (_, self) => {
        called++
        if (called === 1) self.again()
        else throw new Error('in its turn')
      },
      { mode: 'edge' },
    )
    expect(reactor.poll(0)).toBe(1)
    expect(() => reactor.poll(0)).toThrow('in its turn')
    expect(reactor.poll(0)).toBe(0)
  })
})

describe('[E7] poll in a handler', () => {
  test('is refused, and the batch goes on', () => {
    const reactor = manualReactor()
    const refusals: unknown[] = []
    for (const bell of readyBells(3)) {
      reactor.register(bell, Interest.READABLE, () => {
        try {
          reactor.poll(0)
        } catch (error) {
          refusals.push(error)
        }
      })
    }
    expect(reactor.poll(0)).toBe(3)
    expect(refusals).toHaveLength(3)
    for (const refusal of refusals) expect(refusal).toBeInstanceOf(ReentrantPollError)
    expect(reactor.poll(0)).toBe(3)
  })

  test('of another reactor is fine, and that one’s handler cannot poll the first', () => {
    const [outer, inner] = [manualReactor(), manualReactor()]
    const [first = -1, second = -1] = readyBells(2)
    const told: string[] = []
    outer.register(first, Interest.READABLE, () => {
      told.push('outer')
      expect(inner.poll(0)).toBe(1)
    })
    inner.register(second, Interest.READABLE, () => {
      told.push('inner')
      expect(() => outer.poll(0)).toThrow(ReentrantPollError)
    })
    expect(outer.poll(0)).toBe(1)
    expect(told).toEqual(['outer', 'inner'])
  })

  test('of a waker or a turn is refused as well; afterwards it is allowed', () => {
    const reactor = manualReactor()
    const waker = reactor.waker(() => reactor.poll(0))
    waker.wake()
    expect(() => reactor.poll(0)).toThrow(ReentrantPollError)
    const [bell = -1] = readyBells(1)
    const registration = reactor.register(bell, Interest.NONE, () => reactor.poll(0))
    registration.again(EpollFlag.IN)
    expect(() => reactor.poll(0)).toThrow(ReentrantPollError)
    expect(pollTimes(reactor, 2)).toBe(0)
    reactor.register(owned(new EventFd().release()), Interest.READABLE, ignore)
    expect(reactor.poll(0)).toBe(0)
  })
})
