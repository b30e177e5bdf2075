import { EpollFlag, EventFd } from '@rearm/epoll-native'
import { close, write } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import {
  Interest,
  LoanError,
  Reactor,
  ReactorClosedError,
  RegistrationEndedError,
  RemoteWaker,
  type SharedWaker,
  WakerClosedError,
} from '../../src/index.js'
import { LoanDesk } from '../../src/loan/index.js'
import { FakePoller } from '../../src/testing/index.js'
import { expectClean, manualReactor, owned, pair, receive, send } from '../descriptors.js'
import { pollTimes, turnsUntil } from './support.js'
import { Borrower, ended, sharedWords, startWorker } from './threads.js'

expectClean()

const ignore = () => {}

describe('close', () => {
  test('[N1] ends waits and rings of other threads with a typed error, whenever it comes: 100 rounds', async () => {
    const rounds = 100
    const words = sharedWords(1)
    const worker = startWorker('closer', { words: words.buffer, rounds })
    const over = ended(worker)
    const codes = new Set<string>()
    let ends: readonly string[] = []
    worker.on('message', (message: { waker?: SharedWaker; ends?: readonly string[] }) => {
      if (message.ends !== undefined) ends = message.ends
      if (message.waker === undefined) return
      const waker = new RemoteWaker(message.waker)
      try {
        // It may be about to wait, waiting, or closed already.
        for (;;) waker.wake()
      } catch (error) {
        codes.add(error instanceof WakerClosedError ? error.code : String(error))
      }
    })
    await over
    expect(ends).toEqual(new Array(rounds).fill('ERR_REACTOR_CLOSED'))
    expect([...codes]).toEqual(['ERR_REACTOR_WAKER_CLOSED'])
  })

  test('[N2] later operations are typed errors', () => {
    const reactor = new Reactor({ loop: 'manual' })
    const [ours, theirs] = pair()
    const registration = reactor.register(ours, Interest.READABLE, ignore)
    const waker = reactor.waker()
    const shared = reactor.share()
    const desk = new LoanDesk(shared)
    reactor.close()
    for (const use of [
      () => reactor.poll(0),
      () => reactor.register(theirs, Interest.READABLE, ignore),
      () => reactor.waker(),
      () => reactor.audit(),
      () => desk.borrow({ slot: 0, generation: 0 }),
    ]) {
      expect(use).toThrow(ReactorClosedError)
    }
    expect(() => waker.wake()).toThrow(WakerClosedError)
    expect(() => registration.modify(Interest.READABLE)).toThrow(RegistrationEndedError)
    expect(() => registration.again()).toThrow(RegistrationEndedError)
    registration.deregister()
    registration.close()
    waker.close()
    reactor.ref().unref()
    expect(reactor.closed).toBe(true)
    expect(reactor.stats().registrations).toBe(0)
    expect(reactor.reclaim(1)).toEqual({ closed: 0, rearmed: 0 })
  })

  test('[N3] leaves what was registered open, and ready, and silent', () => {
    const reactor = new Reactor({ loop: 'manual' })
    const pairs = Array.from({ length: 100 }, () => pair())
    let called = 0
    const registrations = pairs.map(([ours, theirs]) => {
      send(theirs, 'x')
      return reactor.register(ours, Interest.READABLE, () => called++)
    })
    registrations[0]?.again()
    registrations[1]?.disarm()
    reactor.close()
    expect(registrations.every((each) => each.ended)).toBe(true)
    expect(called).toBe(0)
    for (const [ours] of pairs) expect(receive(ours)).toBe('x')
  })

  test('[N3] in a handler ends the batch and everything else, the waits included', () => {
    const reactor = new Reactor({ loop: 'manual' })
    const bells = [1, 2, 3].map(() => owned(new EventFd({ initial: 1 }).release()))
    let called = 0
    for (const bell of bells) {
      reactor.register(bell, Interest.READABLE, (_, self) => {
        called++
        self.again()
        reactor.close()
        expect(self.ended).toBe(true)
        expect(() => reactor.poll(0)).toThrow(ReactorClosedError)
      })
    }
    expect(reactor.poll(0)).toBe(1)
    expect(called).toBe(1)
    expect(() => reactor.poll(0)).toThrow(ReactorClosedError)
    expect(reactor.stats()).toMatchObject({ stale: 2, ghosts: 0 })
  })

  test('[N4] what is on loan is shut down, goes on until its borrower ends it, and then is closed', async () => {
    const reactor = manualReactor()
    const borrower = await Borrower.start(reactor)
    const [ours, theirs] = pair()
    const registration = reactor.register(ours, Interest.READABLE, ignore, { mode: 'oneshot' })
    send(theirs, 'job')
    reactor.poll(0)
    borrower.post({ name: 'hold', ticket: registration.lend(), end: 'rearm' })
    borrower.arrived(1)
    reactor.close()
    expect(receive(theirs)).toBe('')
    expect(registration.ended).toBe(false)
    expect(() => registration.deregister()).toThrow(LoanError)
    borrower.letOn(1)
    borrower.letOn(2)
    expect(await borrower.answer()).toEqual({ result: { fd: ours, revoked: true, text: 'job' } })
    await turnsUntil(() => registration.ended)
    expect(close(ours)).toBeLessThan(0)
    await borrower.end()
  })

  test('[N4] a ticket that nobody has borrowed is taken back, its descriptor left to the caller', () => {
    const reactor = new Reactor({ loop: 'manual' })
    const desk = new LoanDesk(reactor.share())
    const [ours, theirs] = pair()
    const registration = reactor.register(ours, Interest.READABLE, ignore, { mode: 'oneshot' })
    send(theirs, 'x')
    reactor.poll(0)
    const ticket = registration.lend()
    reactor.close()
    expect(registration.ended).toBe(true)
    expect(() => desk.borrow(ticket)).toThrow(ReactorClosedError)
    expect(receive(ours)).toBe('x')
  })

  test('[N5] the return of the last loan is heard, before, while and after the reactor closes', async () => {
    for (let round = 0; round < 60; round++) {
      const reactor = new Reactor({ loop: round % 2 === 0 ? 'manual' : 'attached' })
      const borrower = round < 6 ? await Borrower.start(reactor) : undefined
      const desk = new LoanDesk(reactor.share())
      const [ours, theirs] = pair()
      const registration = reactor.register(ours, Interest.READABLE, ignore, { mode: 'oneshot' })
      send(theirs, 'x')
      reactor.poll(1000)
      const ticket = registration.lend()
      if (borrower === undefined) {
        const loan = desk.borrow(ticket)
        if (round % 3 === 0) loan.finish()
        reactor.close()
        if (round % 3 === 1) loan.finish()
        if (round % 3 === 2) setImmediate(() => loan.rearm())
      } else {
        borrower.post({ name: 'hold', ticket, end: 'finish' })
        borrower.arrived(1)
        borrower.letOn(1)
        borrower.arrived(2)
        // From here on it ends the loan at any moment.
        borrower.letOn(2)
        reactor.close()
        await borrower.answer()
        await borrower.end()
      }
      await turnsUntil(() => registration.ended)
      close(theirs)
    }
    await new Promise(setImmediate)
  })

  test('[N6] is idempotent, and what `using` does', () => {
    let reactor: Reactor
    {
      using scoped = new Reactor({ loop: 'manual' })
      reactor = scoped
      expect(reactor.closed).toBe(false)
    }
    expect(reactor.closed).toBe(true)
    reactor.close()
    reactor[Symbol.dispose]()
  })

  test('[N6] a registration, a waker and a loan end once, and by `using` too', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    {
      using registration = reactor.register(ours, Interest.READABLE, ignore)
      using waker = reactor.waker()
      waker.wake()
      expect(registration.ended || waker.closed).toBe(false)
      expect(pollTimes(reactor, 2)).toBe(1)
    }
    expect(write(theirs, Buffer.from('x'))).toBeLessThan(0)
    expect(reactor.stats().registrations).toBe(0)
    const kernel = new FakePoller()
    const fake = new Reactor({ loop: 'manual', poller: kernel })
    kernel.open(7)
    const registration = fake.register(7, Interest.READABLE, () => fake.close())
    kernel.script([{ fd: 7, flags: EpollFlag.IN }])
    fake.poll()
    fake.close()
    registration.close()
    expect(kernel.closed).toBe(true)
    expect(kernel.calls).toEqual(['ADD 7', 'DEL 7'])
  })
})
