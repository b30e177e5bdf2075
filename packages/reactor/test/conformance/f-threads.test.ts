import { EpollFlag } from '@rearm/epoll-native'
import { close } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import {
  Interest,
  LoanError,
  type Mode,
  type ReactorStats,
  type Registration,
  RemoteWaker,
  type SharedWaker,
} from '../../src/index.js'
import { LoanDesk } from '../../src/loan/index.js'
import { FakePoller } from '../../src/testing/index.js'
import { expectClean, manualReactor, pair, receive, send } from '../descriptors.js'
import { pollTimes, pollUntil } from './support.js'
import { Borrower, ended, nextMessage, sharedWords, startWorker, waitForWord } from './threads.js'

expectClean()

type Change =
  | { name: 'register'; fd: number; interest: number; mode: Mode }
  | { name: 'modify'; fd: number; interest: number }
  | { name: 'deregister'; fd: number }
  | { name: 'close' }

interface Report {
  readonly told: readonly (readonly [fd: number, readiness: number])[]
  readonly error: string
  readonly stats: ReactorStats
}

/** A thread that blocks in `poll(-1)` on its own reactor, and takes changes by mail. */
class Owner {
  readonly #worker
  readonly #words
  readonly #waker
  #mails = 0
  #wanted = 0

  private constructor(
    worker: ReturnType<typeof startWorker>,
    words: Int32Array,
    waker: RemoteWaker,
  ) {
    this.#worker = worker
    this.#words = words
    this.#waker = waker
  }

  static async start(): Promise<Owner> {
    const words = sharedWords(2)
    const worker = startWorker('owner', { words: words.buffer })
    const { waker } = await nextMessage<{ waker: SharedWaker }>(worker)
    return new Owner(worker, words, new RemoteWaker(waker))
  }

  /** Posts changes, rings, and waits until they are made. */
  change(...changes: Change[]): void {
    this.post(...changes)
    waitForWord(this.#words, 0, this.#mails)
  }

  /** Posts changes and rings. */
  post(...changes: Change[]): void {
    this.#mails++
    this.#worker.postMessage(changes)
    this.#waker.wake()
  }

  /** Waits until `count` more events have reached handlers. */
  heard(count: number): void {
    this.#wanted += count
    waitForWord(this.#words, 1, this.#wanted)
  }

  async end(): Promise<Report> {
    const over = ended(this.#worker)
    const report = nextMessage<Report>(this.#worker)
    this.post({ name: 'close' })
    await over
    return report
  }
}

describe('a reactor is its thread’s; the others ask', () => {
  test('[F1] add, modify and remove asked for by another thread end a blocked wait and are done', async () => {
    const owner = await Owner.start()
    const [ours, theirs] = pair()
    send(theirs, 'x')
    owner.change({ name: 'register', fd: ours, interest: Interest.READABLE, mode: 'edge' })
    owner.heard(1)
    owner.change({ name: 'modify', fd: ours, interest: Interest.WRITABLE })
    owner.heard(1)
    owner.change({ name: 'modify', fd: ours, interest: Interest.READABLE })
    send(theirs, 'y')
    owner.heard(1)
    owner.change({ name: 'deregister', fd: ours })
    send(theirs, 'z')
    owner.change({ name: 'register', fd: ours, interest: Interest.NONE, mode: 'level' })
    const { told, error, stats } = await owner.end()
    expect(told).toEqual([
      [ours, EpollFlag.IN],
      [ours, EpollFlag.OUT],
      [ours, EpollFlag.IN],
    ])
    expect(error).toBe('ERR_REACTOR_CLOSED')
    expect(stats).toMatchObject({ stale: 0, ghosts: 0, registrations: 0 })
  })

  test('[F2] a storm of register, modify and deregister from three threads leaves all final states', async () => {
    const rounds = 100
    const owners = await Promise.all([Owner.start(), Owner.start(), Owner.start()])
    const pairs = owners.map(() => pair())
    // Every reactor has every descriptor: the same descriptions on three lists, changed at the same time.
    for (let round = 0; round < rounds; round++) {
      for (const owner of owners) {
        owner.post(
          ...pairs.flatMap(([fd]): Change[] => [
            { name: 'register', fd, interest: Interest.NONE, mode: 'edge' },
            { name: 'modify', fd, interest: Interest.READABLE },
            { name: 'deregister', fd },
          ]),
        )
      }
    }
    owners.forEach((owner, index) => {
      const [fd = -1] = pairs[index] ?? []
      owner.change({ name: 'register', fd, interest: Interest.READABLE, mode: 'edge' })
    })
    for (const [, theirs] of pairs) send(theirs, 'x')
    for (const owner of owners) owner.heard(1)
    const reports = await Promise.all(owners.map((owner) => owner.end()))
    expect(reports.map(({ told }) => told)).toEqual(pairs.map(([fd]) => [[fd, EpollFlag.IN]]))
    for (const { stats } of reports) expect(stats).toMatchObject({ stale: 0, ghosts: 0 })
  })

  test('[F3] close while a borrower is at it returns at once; the descriptor goes when the loan ends', async () => {
    const reactor = manualReactor()
    const borrower = await Borrower.start(reactor)
    const [ours, theirs] = pair()
    const registration = reactor.register(ours, Interest.READABLE, () => {}, { mode: 'oneshot' })
    send(theirs, 'x')
    reactor.poll(0)
    borrower.post({ name: 'hold', ticket: registration.lend(), end: 'finish' })
    borrower.arrived(1)
    // The waiting kind does not exist: it would block the event loop for as long as the worker likes.
    expect(() => registration.deregister()).toThrow(LoanError)
    registration.close()
    expect([registration.ended, registration.lent]).toEqual([false, true])
    borrower.letOn(1)
    borrower.arrived(2)
    expect(pollTimes(reactor, 3)).toBe(0)
    expect(registration.ended).toBe(false)
    borrower.letOn(2)
    // To wait for it: poll, or let the event loop turn, until it has ended.
    pollUntil(reactor, () => registration.ended)
    expect(await borrower.answer()).toEqual({ result: { fd: ours, revoked: true, text: 'x' } })
    await borrower.end()
  })

  test.each(['deregister', 'close'] as const)(
    '[F4] %s in the handler, of itself or what it has just lent, does not deadlock',
    async (end) => {
      const reactor = manualReactor()
      const borrower = await Borrower.start(reactor)
      const [ours, theirs] = pair()
      const [other, otherPeer] = pair()
      reactor.register(ours, Interest.READABLE, (_, self) => self[end]())
      const lent = reactor.register(
        other,
        Interest.READABLE,
        (_, self) => {
          borrower.post({ name: 'hold', ticket: self.lend(), end: 'rearm' })
          borrower.arrived(1)
          self.close()
        },
        { mode: 'oneshot' },
      )
      send(theirs, 'x')
      send(otherPeer, 'x')
      expect(reactor.poll(0)).toBe(2)
      borrower.letOn(2)
      pollUntil(reactor, () => lent.ended)
      expect(await borrower.answer()).toMatchObject({ result: { revoked: true } })
      expect(reactor.stats().registrations).toBe(0)
      await borrower.end()
    },
  )

  test('[F5] a descriptor is closed exactly once, and by the reactor’s thread', () => {
    const kernel = new FakePoller()
    const reactor = manualReactor({ poller: kernel })
    const desk = new LoanDesk(reactor.share())
    const registrations = [5, 6, 7, 8, 9].map((fd) => {
      kernel.open(fd)
      return reactor.register(fd, Interest.READABLE, () => {}, { mode: 'oneshot' })
    })
    kernel.script([5, 6, 7, 8, 9].map((fd) => ({ fd, flags: EpollFlag.IN })))
    expect(reactor.poll()).toBe(5)
    const [finished, revoked, returned, recalled, plain] = registrations as [
      Registration,
      Registration,
      Registration,
      Registration,
      Registration,
    ]
    const close = (fd: number) => kernel.calls.filter((call) => call === `close ${fd}`).length
    const first = desk.borrow(finished.lend())
    const second = desk.borrow(revoked.lend())
    const third = desk.borrow(returned.lend())
    recalled.lend()
    first.finish()
    revoked.close()
    revoked.close()
    third.finish()
    // Asked for between the loan's end and the reactor's hearing of it.
    returned.close()
    recalled.close()
    recalled.close()
    plain.close()
    expect([5, 6, 7, 8, 9].map(close)).toEqual([0, 0, 0, 1, 1])
    second.finish()
    kernel.script([{ fd: -1, flags: EpollFlag.IN, token: { low: 0xffffffff, high: 0 } }])
    reactor.poll()
    for (const each of registrations) each.close()
    reactor.close()
    expect([5, 6, 7, 8, 9].map(close)).toEqual([1, 1, 1, 1, 1])
    expect(registrations.every((each) => each.ended)).toBe(true)
  })

  test('[F5] a worker that died holding a loan: reclaim closes it, once, with the reactor closed too', async () => {
    for (const closed of [false, true]) {
      const reactor = manualReactor()
      const borrower = await Borrower.start(reactor)
      const { threadId } = borrower
      const [ours, theirs] = pair()
      const registration = reactor.register(ours, Interest.READABLE, () => {}, {
        mode: 'oneshot',
      })
      send(theirs, 'x')
      reactor.poll(0)
      borrower.post({ name: 'hold', ticket: registration.lend(), end: 'rearm' })
      borrower.arrived(1)
      if (closed) reactor.close()
      await borrower.kill()
      expect(registration.ended).toBe(false)
      expect(reactor.reclaim(threadId)).toEqual({ closed: 1, rearmed: 0 })
      expect(registration.ended).toBe(true)
      expect(close(ours)).toBeLessThan(0)
      // Closed with input that nobody read: the peer is reset.
      expect(receive(theirs)).toBe('errno 104')
      expect(reactor.reclaim(threadId)).toEqual({ closed: 0, rearmed: 0 })
    }
  })
})
