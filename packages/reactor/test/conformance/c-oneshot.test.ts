import { EpollFlag } from '@rearm/epoll-native'
import { close } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import {
  Interest,
  LoanError,
  type Registration,
  RegistrationEndedError,
  StaleTicketError,
} from '../../src/index.js'
import { LoanDesk } from '../../src/loan/index.js'
import { FakePoller } from '../../src/testing/index.js'
import { expectClean, manualReactor, pair, receive, send } from '../descriptors.js'
import { pollTimes, pollUntil, takeNumber, tcpSocket } from './support.js'
import { Borrower, ended, nextMessage, sharedWords, startWorker } from './threads.js'

expectClean()

describe.each(['oneshot', 'edge-oneshot'] as const)('%s', (mode) => {
  test('[C1] fires once and is silent until it is armed again', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const heard: string[] = []
    const registration = reactor.register(
      ours,
      Interest.READABLE,
      () => heard.push(receive(ours, 1)),
      { mode },
    )
    send(theirs, 'abc')
    expect(pollTimes(reactor, 3)).toBe(1)
    send(theirs, 'def')
    close(theirs)
    expect(pollTimes(reactor, 3)).toBe(0)
    expect(reactor.audit().empty).toBe(true)
    registration.rearm()
    expect(pollTimes(reactor, 3)).toBe(1)
    expect(heard).toEqual(['a', 'b'])
  })

  test('[C2] arming with input that is there already fires at once', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    let fired = 0
    const registration = reactor.register(ours, Interest.READABLE, () => fired++, { mode })
    send(theirs, 'never read')
    expect(pollTimes(reactor, 2)).toBe(1)
    registration.rearm()
    expect(pollTimes(reactor, 2)).toBe(1)
    registration.modify(Interest.READABLE)
    expect(pollTimes(reactor, 2)).toBe(1)
    expect(fired).toBe(3)
  })

  test('[C3] one shot silences both directions, and arming restores what is asked for', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const seen: number[] = []
    const both = Interest.READABLE | Interest.WRITABLE
    const registration = reactor.register(ours, both, (bits) => seen.push(bits), { mode })
    expect(pollTimes(reactor, 2)).toBe(1)
    send(theirs, 'x')
    expect(pollTimes(reactor, 2)).toBe(0)
    // The reader's wish has survived the writer's shot.
    expect(registration.interest).toBe(both)
    registration.rearm(Interest.READABLE)
    expect(pollTimes(reactor, 2)).toBe(1)
    registration.rearm(both)
    expect(pollTimes(reactor, 2)).toBe(1)
    expect(seen).toEqual([EpollFlag.OUT, EpollFlag.IN, EpollFlag.IN | EpollFlag.OUT])
  })

  test('[C7] a wake-up that brought nothing re-arms all the same', () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    const [ours, theirs] = pair()
    const heard: string[] = []
    const registration = reactor.register(
      ours,
      Interest.READABLE,
      () => {
        const loan = desk.borrow(registration.lend())
        heard.push(receive(loan.fd))
        // Somebody else was faster: EAGAIN, and the loan ends like any other.
        heard.push(receive(loan.fd))
        loan[Symbol.dispose]()
      },
      { mode },
    )
    send(theirs, 'one')
    expect(pollTimes(reactor, 3)).toBe(1)
    send(theirs, 'two')
    expect(pollTimes(reactor, 3)).toBe(1)
    expect(heard).toEqual(['one', 'errno 11', 'two', 'errno 11'])
  })

  test('[C8] nothing is told of a descriptor while its handler or borrower is at it', () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    const [ours, theirs] = pair()
    let depth = 0
    let fired = 0
    const registration = reactor.register(
      ours,
      Interest.READABLE,
      () => {
        depth++
        expect(depth).toBe(1)
        fired++
        registration.rearm()
        send(theirs, 'more')
        depth--
      },
      { mode },
    )
    send(theirs, 'x')
    // Armed in its own handler, with input there: it is the next wait's.
    expect(reactor.poll(0)).toBe(1)
    expect(fired).toBe(1)
    expect(reactor.poll(0)).toBe(1)
    registration.disarm()
    registration.rearm(Interest.NONE)
    registration.deregister()

    const other = reactor.register(ours, Interest.READABLE, () => {}, { mode })
    expect(reactor.poll(0)).toBe(1)
    const loan = desk.borrow(other.lend())
    send(theirs, 'even more')
    expect(pollTimes(reactor, 3)).toBe(0)
    loan.rearm()
    expect(pollTimes(reactor, 3)).toBe(1)
  })

  test('disarmed, it stays so through modify; rearm arms it', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const registration = reactor.register(ours, Interest.READABLE, () => {}, { mode })
    send(theirs, 'x')
    registration.disarm()
    registration.modify(Interest.READABLE | Interest.WRITABLE)
    close(theirs)
    expect(pollTimes(reactor, 3)).toBe(0)
    expect(() => registration.lend()).toThrow(LoanError)
    registration.rearm()
    expect(pollTimes(reactor, 3)).toBe(1)
    registration.disarm()
    expect(pollTimes(reactor, 3)).toBe(0)
    expect(reactor.audit().empty).toBe(true)
  })
})

describe('arming from other threads', () => {
  test('[C4] a re-arm in a worker wakes the wait that is blocked meanwhile', async () => {
    const reactor = manualReactor()
    const borrower = await Borrower.start(reactor)
    const [ours, theirs] = pair()
    let fired = 0
    const registration = reactor.register(ours, Interest.READABLE, () => fired++, {
      mode: 'oneshot',
    })
    send(theirs, 'first')
    reactor.poll(0)
    borrower.post({ name: 'hold', ticket: registration.lend(), end: 'rearm' })
    borrower.arrived(1)
    expect(registration.lent).toBe(true)
    borrower.letOn(1)
    borrower.arrived(2)
    // It has read; what comes now it leaves there, and arms when we wait or just before: both must wake us.
    send(theirs, 'second')
    borrower.letOn(2)
    pollUntil(reactor, () => fired === 2)
    expect(await borrower.answer()).toEqual({
      result: { fd: ours, revoked: false, text: 'first' },
    })
    expect(receive(ours)).toBe('second')
    expect(registration.lent).toBe(false)
    await borrower.end()
  })

  test('[C4] a worker may arm for something else', async () => {
    const reactor = manualReactor()
    const borrower = await Borrower.start(reactor)
    const [ours, theirs] = pair()
    const seen: number[] = []
    const registration = reactor.register(ours, Interest.READABLE, (bits) => seen.push(bits), {
      mode: 'oneshot',
    })
    send(theirs, 'x')
    reactor.poll(0)
    borrower.post({ name: 'rearm', ticket: registration.lend(), interest: Interest.WRITABLE })
    pollUntil(reactor, () => seen.length === 2)
    expect(await borrower.answer()).toEqual({ result: 'x' })
    expect(seen).toEqual([EpollFlag.IN, EpollFlag.OUT])
    await borrower.end()
  })

  test('[C5] a re-arm after close is a typed error, and does not touch the number’s new owner', async () => {
    const reactor = manualReactor()
    const borrower = await Borrower.start(reactor)
    const [ours, theirs] = pair()
    const registration = reactor.register(ours, Interest.READABLE, () => {}, { mode: 'oneshot' })
    send(theirs, 'x')
    reactor.poll(0)
    const ticket = registration.lend()
    const [fresh, freshPeer] = pair()
    registration.close()
    expect(() => registration.rearm()).toThrow(RegistrationEndedError)
    const owner = takeNumber(ours, fresh)
    const heard: string[] = []
    const next = reactor.register(owner, Interest.READABLE, () => heard.push(receive(owner)))
    const before = reactor.audit()
    borrower.post({ name: 'rearm', ticket, interest: Interest.WRITABLE })
    expect(await borrower.answer()).toMatchObject({ code: new StaleTicketError().code })
    expect(reactor.audit()).toEqual(before)
    expect(pollTimes(reactor, 3)).toBe(0)
    send(freshPeer, 'mine')
    expect(pollTimes(reactor, 3)).toBe(1)
    expect(heard).toEqual(['mine'])
    next.deregister()
    await borrower.end()
  })

  test('[C5] a loan that was revoked is returned by its re-arm, which arms nothing', async () => {
    const reactor = manualReactor()
    const borrower = await Borrower.start(reactor)
    const [ours, theirs] = pair()
    let fired = 0
    const registration = reactor.register(ours, Interest.READABLE, () => fired++, {
      mode: 'oneshot',
    })
    send(theirs, 'x')
    reactor.poll(0)
    borrower.post({ name: 'hold', ticket: registration.lend(), end: 'rearm' })
    borrower.arrived(1)
    registration.close()
    // The number is the borrower's until it lets go: nobody else can get it.
    expect(registration.ended).toBe(false)
    const other = tcpSocket()
    expect(other).not.toBe(ours)
    close(other)
    borrower.letOn(1)
    borrower.letOn(2)
    pollUntil(reactor, () => registration.ended)
    expect(await borrower.answer()).toEqual({ result: { fd: ours, revoked: true, text: 'x' } })
    expect(fired).toBe(1)
    expect(close(ours)).toBeLessThan(0)
    await borrower.end()
  })

  test('[C5] a stale ticket of 2^19 generations ago, whose state word looks the same, is refused', () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    const [ours, theirs] = pair()
    const registration = reactor.register(ours, Interest.READABLE, () => {}, { mode: 'oneshot' })
    send(theirs, 'x')
    reactor.poll(0)
    const { slot, generation } = registration.lend()
    for (const wrong of [generation + 2 ** 19, generation - 1, -1, 0.5, Number.NaN]) {
      expect(() => desk.borrow({ slot, generation: wrong })).toThrow(StaleTicketError)
    }
    for (const wrong of [slot + 1, 65536, 2 ** 32, -1]) {
      expect(() => desk.borrow({ slot: wrong, generation })).toThrow(StaleTicketError)
    }
    desk.borrow({ slot, generation }).rearm()
  })

  test('[C6] no two workers ever hold one connection', async () => {
    const rounds = 300
    const connections = 8
    const reactor = manualReactor()
    // Per connection: how many hold it now. Then: how often it was more than one; tickets taken; tickets given.
    const words = sharedWords(connections + 4)
    const [violations, done, head, tail] = [0, 1, 2, 3].map((word) => connections + word) as [
      number,
      number,
      number,
      number,
    ]
    const queue = sharedWords(3 * rounds * connections)
    const workers = [1, 2, 3].map(() =>
      startWorker('holder', {
        shared: reactor.share(),
        words: words.buffer,
        queue: queue.buffer,
        connections,
      }),
    )
    await Promise.all(workers.map((worker) => nextMessage(worker)))
    const peers: number[] = []
    const registrations: Registration[] = []
    let lent = 0
    for (let index = 0; index < connections; index++) {
      const [ours, theirs] = pair()
      peers.push(theirs)
      registrations.push(
        reactor.register(
          ours,
          Interest.READABLE,
          (_, self) => {
            if (lent === rounds * connections) return
            const { slot, generation } = self.lend()
            queue.set([slot, generation, index], 3 * lent++)
            Atomics.store(words, tail, lent)
            Atomics.notify(words, tail)
          },
          { mode: 'oneshot' },
        ),
      )
      // Never read: it fires again whenever it is armed.
      send(theirs, 'x')
    }
    pollUntil(reactor, () => Atomics.load(words, done) === rounds * connections)
    Atomics.store(words, tail, -1)
    Atomics.notify(words, tail)
    await Promise.all(workers.map(ended))
    expect(Atomics.load(words, violations)).toBe(0)
    expect(Atomics.load(words, head)).toBeGreaterThanOrEqual(rounds * connections)
    expect(registrations.some((each) => each.lent || each.ended)).toBe(false)
    pollTimes(reactor, 2)
  })
})

test('[C8] a shot that is under way when the handler arms again is not told twice', () => {
  const kernel = new FakePoller()
  const reactor = manualReactor({ poller: kernel })
  kernel.open(7)
  kernel.open(8)
  const heard: string[] = []
  const seven = reactor.register(7, Interest.READABLE, () => heard.push('seven'), {
    mode: 'oneshot',
  })
  reactor.register(8, Interest.READABLE, () => {
    seven.rearm()
    heard.push('eight')
  })
  const { IN } = EpollFlag
  // 8's handler arms 7 although 7's shot is in the same batch: that shot is of the old generation.
  kernel.script([
    { fd: 8, flags: IN },
    { fd: 7, flags: IN },
  ])
  expect(reactor.poll()).toBe(1)
  kernel.script([{ fd: 7, flags: IN }])
  expect(reactor.poll()).toBe(1)
  expect(heard).toEqual(['eight', 'seven'])
  expect(reactor.stats()).toMatchObject({ stale: 1, ghosts: 0 })
})
