import { Epoll, EpollEvents, EpollFlag, EpollOp, Errno, epollCtl } from '@rearm/epoll-native'
import { close } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import {
  Interest,
  InvalidRegistrationError,
  LoanError,
  type Reactor,
  type ReactorStats,
} from '../../src/index.js'
import { KernelPoller } from '../../src/kernel-poller.js'
import { expectClean, manualReactor, pair, receive, send } from '../descriptors.js'
import {
  accept,
  backlogged,
  backlogOf,
  epfdOf,
  pollTimes,
  pollUntil,
  tcpConnect,
  tcpListener,
  turnsUntil,
} from './support.js'
import { ended, nextMessage, sharedWords, startWorker } from './threads.js'

expectClean()

const ignore = () => {}

/** The kernel's mask of a descriptor. */
function maskOf(poller: KernelPoller, fd: number): number | undefined {
  return poller.entries().find((entry) => entry.fd === fd)?.events
}

describe('exclusive', () => {
  test('[L1] goes with readable and writable, is added without RDHUP, and cannot be modified or lent', () => {
    const poller = new KernelPoller(16)
    const reactor = manualReactor({ poller })
    const [ours] = pair()
    for (const interest of [Interest.PRIORITY, Interest.READABLE | Interest.PRIORITY]) {
      expect(() => reactor.register(ours, interest, ignore, { mode: 'exclusive' })).toThrow(
        InvalidRegistrationError,
      )
    }
    const registration = reactor.register(ours, Interest.READABLE | Interest.WRITABLE, ignore, {
      mode: 'exclusive',
    })
    const { IN, OUT, ERR, HUP, EXCLUSIVE } = EpollFlag
    expect(maskOf(poller, ours)).toBe((IN | OUT | ERR | HUP | EXCLUSIVE) >>> 0)
    for (const change of [
      () => registration.modify(Interest.READABLE),
      () => registration.modify(registration.interest),
      () => registration.rearm(Interest.READABLE),
    ]) {
      expect(change).toThrow(InvalidRegistrationError)
    }
    registration.rearm()
    expect(() => registration.lend()).toThrow(LoanError)
    expect(registration.interest & Interest.READABLE).not.toBe(0)
  })

  test('[L1] what is refused here, the kernel refuses with EINVAL', () => {
    const reactor = manualReactor()
    const epfd = epfdOf(reactor)
    const [ours] = pair()
    const { IN, RDHUP, PRI, ONESHOT, EXCLUSIVE } = EpollFlag
    for (const flag of [RDHUP, PRI, ONESHOT]) {
      expect(epollCtl(epfd, EpollOp.ADD, ours, IN | EXCLUSIVE | flag)).toBe(-Errno.EINVAL)
    }
    reactor.register(ours, Interest.READABLE, ignore, { mode: 'exclusive' })
    expect(epollCtl(epfd, EpollOp.MOD, ours, IN)).toBe(-Errno.EINVAL)
    expect(epollCtl(epfd, EpollOp.MOD, ours, IN | EXCLUSIVE)).toBe(-Errno.EINVAL)
  })

  test('[L2] with level, all connections are accepted by several reactors, and none is stuck', () => {
    const { fd, address } = tcpListener()
    const accepted: number[] = []
    const reactors = [1, 2, 3, 4].map(() => {
      const reactor = manualReactor()
      reactor.register(
        fd,
        Interest.READABLE,
        () => {
          const connection = accept(fd)
          if (connection >= 0) accepted.push(connection)
        },
        { mode: 'exclusive' },
      )
      return reactor
    })
    const clients = Array.from({ length: 200 }, () => tcpConnect(address))
    const last = reactors[3] as Reactor
    // Only one of them looks: whoever else was woken for a connection keeps it from nobody.
    pollUntil(last, () => accepted.length === clients.length)
    for (const reactor of reactors) expect(pollTimes(reactor, 2)).toBe(0)
    expect(new Set(accepted).size).toBe(clients.length)
  })

  test('[L2] the same in three threads, each on its own event loop', async () => {
    const { fd, address } = tcpListener()
    const words = sharedWords(3)
    const workers = [0, 1, 2].map((index) =>
      startWorker('acceptor', { listener: fd, index, words: words.buffer }),
    )
    await Promise.all(workers.map((worker) => nextMessage(worker)))
    const rounds = 20
    const each = 20
    for (let round = 1; round <= rounds; round++) {
      const clients = Array.from({ length: each }, () => tcpConnect(address))
      await turnsUntil(
        () => words.reduce((sum, _, at) => sum + Atomics.load(words, at), 0) === round * each,
      )
      for (const client of clients) close(client)
    }
    const reports = workers.map((worker) =>
      nextMessage<{ empty: boolean; stats: ReactorStats }>(worker),
    )
    const over = workers.map(ended)
    for (const worker of workers) worker.postMessage('end')
    for (const { empty, stats } of await Promise.all(reports)) {
      expect(empty).toBe(true)
      expect(stats).toMatchObject({ registrations: 0, stale: 0, ghosts: 0 })
    }
    await Promise.all(over)
  })

  test('[L3] is level, so that an accept cannot be lost as with edge: nothing asks the kernel for both', () => {
    const poller = new KernelPoller(16)
    const reactor = manualReactor({ poller })
    const { fd, address } = tcpListener()
    let woken = 0
    reactor.register(fd, Interest.READABLE, () => woken++, { mode: 'exclusive' })
    expect((maskOf(poller, fd) ?? 0) & EpollFlag.ET).toBe(0)
    tcpConnect(address)
    pollUntil(reactor, () => woken > 0)
    // Nobody accepted: it is told again, as often as it takes.
    expect(pollTimes(reactor, 3)).toBe(3)
    expect(accept(fd)).toBeGreaterThanOrEqual(0)
    expect(pollTimes(reactor, 3)).toBe(0)
  })

  test('[L4] disarm and rearm add it anew, at the end of the queue; stats tell each one’s share', () => {
    const { fd, address } = tcpListener()
    let accepted = 0
    const waiters = [1, 2].map(() => {
      const poller = new KernelPoller(16)
      const reactor = manualReactor({ poller })
      const registration = reactor.register(
        fd,
        Interest.READABLE,
        () => {
          if (accept(fd) >= 0) accepted++
        },
        { mode: 'exclusive' },
      )
      return { poller, reactor, registration }
    })
    const rounds = 20
    for (let round = 1; round <= rounds; round++) {
      const waiter = waiters[round % 2]
      waiter?.registration.disarm()
      expect(waiter && maskOf(waiter.poller, fd)).toBeUndefined()
      waiter?.registration.rearm()
      tcpConnect(address)
      while (accepted < round) for (const { reactor } of waiters) reactor.poll(1)
      for (const { reactor } of waiters) expect(reactor.audit().empty).toBe(true)
    }
    const shares = waiters.map(({ reactor }) => reactor.stats().delivered)
    expect(shares.reduce((sum, share) => sum + share)).toBeGreaterThanOrEqual(rounds)
  })
})

describe('several listeners of one port (SO_REUSEPORT)', () => {
  test('[L5] each of the reactors gets connections, and all of them are served', () => {
    const first = tcpListener()
    const second = tcpListener({ address: first.address })
    const counts = [0, 0]
    const reactors = [first, second].map(({ fd }, index) => {
      const reactor = manualReactor()
      reactor.register(fd, Interest.READABLE, () => {
        if (accept(fd) >= 0) counts[index] = (counts[index] ?? 0) + 1
      })
      return reactor
    })
    const many = 200
    for (let client = 0; client < many; client++) tcpConnect(first.address)
    const all = () =>
      counts[0] !== undefined && counts[1] !== undefined && counts[0] + counts[1] === many
    while (!all()) for (const reactor of reactors) reactor.poll(1)
    expect(Math.min(...counts)).toBeGreaterThan(0)
  })

  test('[L6] closing one of them resets what is in its queue; who accepts first loses nobody', () => {
    const first = tcpListener()
    const second = tcpListener({ address: first.address })
    const reactor = manualReactor()
    const clients = Array.from({ length: 100 }, () => tcpConnect(first.address))
    const accepted: number[] = []
    const listener = reactor.register(second.fd, Interest.READABLE, () => {
      const connection = accept(second.fd)
      if (connection >= 0) accepted.push(connection)
    })
    backlogged(clients.length, first.fd, second.fd)
    // Some are drained, the rest is lost with the queue.
    pollTimes(reactor, 5)
    expect(accepted.length).toBe(5)
    const inQueue = backlogOf(second.fd)
    listener.close()
    for (const connection of accepted) send(connection, 'served')
    using epoll = new Epoll()
    for (const client of clients) epoll.add(client, EpollFlag.IN)
    const events = new EpollEvents(clients.length)
    while (epoll.wait(events, 0) < accepted.length + inQueue) {}
    let served = 0
    let lost = 0
    let waiting = 0
    for (const client of clients) {
      const text = receive(client)
      if (text === 'served') served++
      else if (text === 'errno 104') lost++
      else waiting++
    }
    expect(served).toBe(5)
    expect(lost).toBe(inQueue)
    expect(lost).toBeGreaterThan(0)
    expect(served + lost + waiting).toBe(clients.length)
    while (accept(first.fd) >= 0) waiting--
    expect(waiting).toBe(0)
  })
})
