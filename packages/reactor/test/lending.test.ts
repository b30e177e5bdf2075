import { EpollFlag } from '@rearm/epoll-native'
import { close, read } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import {
  Interest,
  LoanError,
  ReactorClosedError,
  Readiness,
  StaleTicketError,
} from '../src/index.js'
import { LoanDesk } from '../src/loan/index.js'
import { expectClean, manualReactor, pair, receive, send } from './descriptors.js'

expectClean()

describe('lending', () => {
  test('a fired oneshot is lent, borrowed, re-armed by the borrower, and fires again', () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    const [ours, theirs] = pair()
    const heard: string[] = []
    const registration = reactor.register(
      ours,
      Interest.READABLE,
      (_, self) => {
        const ticket = self.lend()
        expect(self.lent).toBe(true)
        using loan = desk.borrow(ticket)
        heard.push(receive(loan.fd))
      },
      { mode: 'oneshot' },
    )
    send(theirs, 'one')
    expect(reactor.poll(0)).toBe(1)
    expect(registration.lent).toBe(false)
    expect(reactor.poll(0)).toBe(0)
    send(theirs, 'two')
    expect(reactor.poll(0)).toBe(1)
    expect(heard).toEqual(['one', 'two'])
  })

  test('a ticket is good for one borrow', () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    const [ours, theirs] = pair()
    const registration = reactor.register(ours, Interest.READABLE, () => {}, { mode: 'oneshot' })
    send(theirs, 'x')
    reactor.poll(0)
    const ticket = registration.lend()
    const loan = desk.borrow(ticket)
    expect(() => desk.borrow(ticket)).toThrow(StaleTicketError)
    loan.rearm()
    expect(() => desk.borrow(ticket)).toThrow(StaleTicketError)
    reactor.poll(0)
    const next = registration.lend()
    expect(() => desk.borrow(ticket)).toThrow(StaleTicketError)
    desk.borrow(next).rearm()
    expect(loan.over).toBe(true)
    expect(() => loan.fd).toThrow(LoanError)
    expect(() => loan.rearm()).toThrow(LoanError)
    expect(() => loan.finish()).toThrow(LoanError)
  })

  test('a tenancy names the registration in all its loans, and no other of its slot and number', () => {
    const reactor = manualReactor({ capacity: 1 })
    const desk = new LoanDesk(reactor.share())
    const seen = new Set<number>()
    for (let client = 0; client < 3; client++) {
      const [ours, theirs] = pair()
      const registration = reactor.register(ours, Interest.READABLE, () => {}, { mode: 'oneshot' })
      const { fd, tenancy } = registration
      expect(seen).not.toContain(tenancy)
      seen.add(tenancy)
      for (let turn = 0; turn < 2; turn++) {
        send(theirs, 'x')
        reactor.poll(0)
        const ticket = registration.lend()
        const loan = desk.borrow(ticket)
        expect({ ...ticket, fd: loan.fd, tenancy: loan.tenancy }).toMatchObject({
          slot: 0,
          fd,
          tenancy,
        })
        receive(loan.fd)
        loan.rearm()
      }
      // The reactor ends it by itself: nobody has told the borrower.
      registration.close()
      close(theirs)
    }
    expect(seen.size).toBe(3)
  })

  test('a tenancy is unsigned, and wraps', () => {
    const reactor = manualReactor({ capacity: 1 })
    const words = new Int32Array(reactor.share().table)
    const [ours] = pair()
    reactor.register(ours, Interest.READABLE, () => {}).deregister()
    // The last word of the only slot.
    expect(words.at(-1)).toBe(1)
    words[words.length - 1] = -2
    const tenancies = [0, 1, 2].map(() => {
      const registration = reactor.register(ours, Interest.READABLE, () => {})
      registration.deregister()
      return registration.tenancy
    })
    expect(tenancies).toEqual([2 ** 32 - 1, 0, 1])
  })

  test('rearm says whether the registration goes on', () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    const [ours, theirs] = pair()
    const registration = reactor.register(ours, Interest.READABLE, () => {}, { mode: 'oneshot' })
    send(theirs, 'x')
    reactor.poll(0)
    expect(desk.borrow(registration.lend()).rearm()).toBe(true)
    reactor.poll(0)
    const loan = desk.borrow(registration.lend())
    registration.close()
    expect(loan.rearm()).toBe(false)
    reactor.poll(1000)
    expect(registration.ended).toBe(true)
  })

  test('finish hands the descriptor back, and the reactor closes it', () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    const [ours, theirs] = pair()
    const registration = reactor.register(ours, Interest.READABLE, () => {}, { mode: 'oneshot' })
    send(theirs, 'x')
    reactor.poll(0)
    desk.borrow(registration.lend()).finish()
    expect(registration.ended).toBe(false)
    reactor.poll(1000)
    expect(registration.ended).toBe(true)
    expect(read(theirs, new Uint8Array(1))).toBeLessThanOrEqual(0)
  })

  test('close during a loan shuts down, and closes when the loan ends', () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    const [ours, theirs] = pair()
    const registration = reactor.register(ours, Interest.READABLE, () => {}, { mode: 'oneshot' })
    send(theirs, 'x')
    reactor.poll(0)
    const loan = desk.borrow(registration.lend())
    registration.close()
    registration.close()
    expect(loan.revoked).toBe(true)
    expect(registration.ended).toBe(false)
    expect(receive(theirs)).toBe('')
    expect(receive(loan.fd)).toBe('x')
    loan.rearm()
    reactor.poll(1000)
    expect(registration.ended).toBe(true)
    expect(close(ours)).toBeLessThan(0)
  })

  test('a ticket that nobody borrowed is stale once the registration is closed or recalled', () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    const [ours, theirs] = pair()
    const registration = reactor.register(ours, Interest.READABLE, () => {}, { mode: 'oneshot' })
    send(theirs, 'x')
    reactor.poll(0)
    const first = registration.lend()
    expect(registration.recall()).toBe(true)
    expect(registration.recall()).toBe(false)
    expect(() => desk.borrow(first)).toThrow(StaleTicketError)
    const second = registration.lend()
    registration.close()
    expect(registration.ended).toBe(true)
    expect(() => desk.borrow(second)).toThrow(StaleTicketError)
  })

  test('only a fired oneshot can be lent, and a lent one cannot be changed or deregistered', () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    const [ours, theirs] = pair()
    const level = reactor.register(theirs, Interest.NONE, () => {})
    expect(() => level.lend()).toThrow(LoanError)
    const registration = reactor.register(ours, Interest.READABLE, () => {}, { mode: 'oneshot' })
    expect(() => registration.lend()).toThrow(LoanError)
    send(theirs, 'x')
    reactor.poll(0)
    const ticket = registration.lend()
    for (const change of [
      () => registration.lend(),
      () => registration.modify(Interest.WRITABLE),
      () => registration.rearm(),
      () => registration.disarm(),
      () => registration.again(),
      () => registration.deregister(),
    ]) {
      expect(change).toThrow(LoanError)
    }
    desk.borrow(ticket).rearm(Interest.WRITABLE)
    expect(registration.interest).toBe(Interest.WRITABLE)
    expect(reactor.poll(0)).toBe(1)
  })

  test('a closed reactor shuts down what is on loan and closes it when it comes back', async () => {
    const reactor = manualReactor()
    const desk = new LoanDesk(reactor.share())
    const [ours, theirs] = pair()
    let readiness = 0
    const registration = reactor.register(
      ours,
      Interest.READABLE,
      (bits) => {
        readiness = bits
      },
      { mode: 'oneshot' },
    )
    send(theirs, 'x')
    reactor.poll(0)
    expect(Readiness.readable(readiness)).toBe(true)
    expect(readiness & EpollFlag.IN).toBe(EpollFlag.IN)
    const ticket = registration.lend()
    const loan = desk.borrow(ticket)
    reactor.close()
    expect(loan.revoked).toBe(true)
    expect(() => desk.borrow(ticket)).toThrow(ReactorClosedError)
    loan[Symbol.dispose]()
    while (!registration.ended) await new Promise(setImmediate)
  })
})
