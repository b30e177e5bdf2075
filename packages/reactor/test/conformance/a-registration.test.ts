import { mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EpollFlag, EventFd, SystemError } from '@rearm/epoll-native'
import { close, DescriptorFlag, dup, dup3, read, write } from '@rearm/epoll-native/io'
import { describe, expect, test } from 'vitest'
import {
  AlreadyRegisteredError,
  Interest,
  InvalidRegistrationError,
  NotPollableError,
  Reactor,
  ReactorFullError,
  Readiness,
  RegistrationEndedError,
} from '../../src/index.js'
import { FakePoller } from '../../src/testing/index.js'
import { expectClean, manualReactor, owned, pair, receive, send } from '../descriptors.js'
import { epfdOf, pollTimes, tableOf } from './support.js'

expectClean()

const ignore = () => {}

describe('registering', () => {
  test('[A1] a second registration of a descriptor is refused, and the first stays live', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const heard: string[] = []
    const first = reactor.register(ours, Interest.READABLE, () => heard.push(receive(ours)))
    expect(() => reactor.register(ours, Interest.WRITABLE, ignore, { mode: 'edge' })).toThrow(
      AlreadyRegisteredError,
    )
    send(theirs, 'one')
    expect(reactor.poll(0)).toBe(1)
    first.disarm()
    // The kernel does not know it now, so it cannot be the one that refuses.
    expect(() => reactor.register(ours, Interest.READABLE, ignore)).toThrow(
      expect.objectContaining({ code: 'ERR_REACTOR_ALREADY_REGISTERED', fd: ours }),
    )
    first.rearm()
    send(theirs, 'two')
    expect(reactor.poll(0)).toBe(1)
    expect(heard).toEqual(['one', 'two'])
  })

  test('[A2] what has ended cannot be changed, and ends once', () => {
    const reactor = manualReactor()
    const [ours] = pair()
    const registration = reactor.register(ours, Interest.READABLE, ignore, { mode: 'oneshot' })
    registration.deregister()
    for (const change of [
      () => registration.modify(Interest.WRITABLE),
      () => registration.rearm(),
      () => registration.disarm(),
      () => registration.again(),
      () => registration.lend(),
    ]) {
      expect(change).toThrow(RegistrationEndedError)
    }
    registration.deregister()
    registration.close()
    expect(registration.recall()).toBe(false)
    // It was given back: ending it twice has not closed it.
    expect(close(ours)).toBe(0)
  })

  test('[A3] what is no open descriptor is refused, and takes no slot', () => {
    const reactor = manualReactor({ capacity: 1 })
    for (const fd of [-1, 1.5, Number.NaN, 2 ** 31, 2 ** 32, '7' as unknown as number]) {
      expect(() => reactor.register(fd, Interest.READABLE, ignore)).toThrow(
        InvalidRegistrationError,
      )
    }
    for (const fd of [2 ** 31 - 1, 1_000_420]) {
      expect(() => reactor.register(fd, Interest.READABLE, ignore)).toThrow(
        expect.objectContaining({ code: 'EBADF', syscall: 'epoll_ctl' }),
      )
    }
    const [ours] = pair()
    reactor.register(ours, Interest.READABLE, ignore)
    expect(reactor.stats().registrations).toBe(1)
  })

  test('[A3] the reactor’s own epoll and bell are refused, and go on working', () => {
    const reactor = manualReactor()
    for (const fd of [epfdOf(reactor), tableOf(reactor).bell]) {
      expect(() => reactor.register(fd, Interest.READABLE, ignore)).toThrow(
        InvalidRegistrationError,
      )
    }
    expect(reactor.stats().registrations).toBe(0)
  })

  test('[A3] an interest, mode or handler that is none is refused', () => {
    const reactor = manualReactor({ capacity: 1 })
    const [ours] = pair()
    for (const interest of [-1, 0.5, Number.NaN, EpollFlag.ET, EpollFlag.ERR, 2 ** 32 + 1]) {
      expect(() => reactor.register(ours, interest, ignore)).toThrow(InvalidRegistrationError)
    }
    const mode = 'toString' as 'level'
    expect(() => reactor.register(ours, Interest.READABLE, ignore, { mode })).toThrow(
      InvalidRegistrationError,
    )
    expect(() =>
      reactor.register(ours, Interest.READABLE, undefined as unknown as () => void),
    ).toThrow(InvalidRegistrationError)
    const registration = reactor.register(ours, Interest.READABLE, ignore)
    expect(() => registration.modify(-1)).toThrow(InvalidRegistrationError)
    expect(registration.interest).toBe(Interest.READABLE)
  })

  test('[A5] a registration that fails leaves its slot free', () => {
    const reactor = manualReactor({ capacity: 2 })
    const [ours, theirs] = pair()
    reactor.register(ours, Interest.READABLE, ignore)
    for (let round = 0; round < 1000; round++) {
      expect(() => reactor.register(1_000_420, Interest.READABLE, ignore)).toThrow(SystemError)
      expect(() => reactor.register(ours, Interest.READABLE, ignore)).toThrow(
        AlreadyRegisteredError,
      )
    }
    reactor.register(theirs, Interest.READABLE, ignore)
    const [more] = pair()
    expect(() => reactor.register(more, Interest.READABLE, ignore)).toThrow(ReactorFullError)
    expect(reactor.stats().registrations).toBe(2)
  })

  test('[A5] a reactor or waker that cannot be made leaves nothing open', () => {
    expect(() => new Reactor({ capacity: 0 })).toThrow(InvalidRegistrationError)
    expect(() => new Reactor({ loop: 'none' as 'manual' })).toThrow(InvalidRegistrationError)
    expect(() => new Reactor({ batch: 0.5 })).toThrow(InvalidRegistrationError)
    expect(() => new Reactor({ engine: 'none' as 'uv' })).toThrow(TypeError)
    const reactor = manualReactor({ capacity: 1 })
    const [ours] = pair()
    reactor.register(ours, Interest.READABLE, ignore)
    expect(() => reactor.waker()).toThrow(ReactorFullError)
  })

  test('[A6] an empty interest still tells of errors and hang-ups, and of nothing else', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const seen: number[] = []
    const registration = reactor.register(ours, Interest.NONE, (readiness) => {
      seen.push(readiness)
      registration.deregister()
    })
    send(theirs, 'data')
    expect(pollTimes(reactor, 3)).toBe(0)
    close(theirs)
    expect(reactor.poll(0)).toBe(1)
    expect(seen).toEqual([EpollFlag.HUP])
  })

  test('[A7] modify replaces the interest completely', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const seen: number[] = []
    const registration = reactor.register(ours, Interest.READABLE, (readiness) =>
      seen.push(readiness),
    )
    send(theirs, 'x')
    reactor.poll(0)
    registration.modify(Interest.WRITABLE)
    expect(registration.interest).toBe(Interest.WRITABLE)
    reactor.poll(0)
    registration.modify(Interest.READABLE | Interest.WRITABLE)
    reactor.poll(0)
    registration.modify(Interest.NONE)
    expect(reactor.poll(0)).toBe(0)
    expect(seen).toEqual([EpollFlag.IN, EpollFlag.OUT, EpollFlag.IN | EpollFlag.OUT])
    expect(reactor.audit().empty).toBe(true)
  })

  test('[A8] an event for the old interest is not delivered after modify', () => {
    const reactor = manualReactor()
    const [one, onePeer] = pair()
    const [two, twoPeer] = pair()
    const seen: string[] = []
    // Whoever is first of the batch changes the other.
    const first = reactor.register(one, Interest.READABLE, (readiness) => {
      seen.push(`one ${readiness}`)
      if (seen.length === 1) second.modify(Interest.WRITABLE)
    })
    const second = reactor.register(two, Interest.READABLE, (readiness) => {
      seen.push(`two ${readiness}`)
      if (seen.length === 1) first.modify(Interest.WRITABLE)
    })
    send(onePeer, 'x')
    send(twoPeer, 'x')
    expect(reactor.poll(0)).toBe(1)
    expect(reactor.stats()).toMatchObject({ events: 2, stale: 1, ghosts: 0 })
    reactor.poll(0)
    expect(seen.slice(1).sort()).toEqual([`one ${EpollFlag.IN}`, `two ${EpollFlag.OUT}`].sort())
  })

  test('[A8] a turn that was asked for is not given for what modify has dropped', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const seen: number[] = []
    const registration = reactor.register(
      ours,
      Interest.READABLE,
      (readiness) => {
        seen.push(readiness)
      },
      { mode: 'edge' },
    )
    send(theirs, 'x')
    reactor.poll(0)
    registration.again()
    // Reading is paused.
    registration.modify(Interest.NONE)
    expect(pollTimes(reactor, 3)).toBe(0)
    registration.modify(Interest.READABLE)
    expect(pollTimes(reactor, 3)).toBe(1)
    expect(seen).toEqual([EpollFlag.IN, EpollFlag.IN])
  })

  test('[A9] a descriptor can be registered again after it was deregistered', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const heard: string[] = []
    reactor.register(ours, Interest.READABLE, () => heard.push('old')).deregister()
    send(theirs, 'x')
    expect(pollTimes(reactor, 3)).toBe(0)
    reactor.register(ours, Interest.READABLE, () => heard.push('new'))
    expect(reactor.poll(0)).toBe(1)
    expect(heard).toEqual(['new'])
  })

  test('[A10] one descriptor in two reactors is told to both', () => {
    const [one, two] = [manualReactor(), manualReactor()]
    const [ours, theirs] = pair()
    const heard: string[] = []
    const level = one.register(ours, Interest.READABLE, () => heard.push('one'))
    two.register(ours, Interest.READABLE, () => heard.push('two'), { mode: 'edge' })
    send(theirs, 'x')
    expect([one.poll(0), two.poll(0), one.poll(0), two.poll(0)]).toEqual([1, 1, 1, 0])
    expect(heard).toEqual(['one', 'two', 'one'])
    level.deregister()
    send(theirs, 'y')
    expect([one.poll(0), two.poll(0)]).toEqual([0, 1])
  })

  test.each([70, 100, 2500])('[A11] %i descriptors that are ready at once are all told', (many) => {
    const reactor = manualReactor({ batch: 64 })
    const bells = Array.from({ length: many }, () => new EventFd())
    const heard = new Map<number, number>()
    for (const bell of bells) {
      reactor.register(
        bell.fd,
        Interest.READABLE,
        (_, { fd }) => heard.set(fd, (heard.get(fd) ?? 0) + 1),
        { mode: 'edge' },
      )
    }
    for (const bell of bells) bell.write()
    let polls = 0
    for (let called = 0; called < many; polls++) {
      const now = reactor.poll(0)
      expect(now).toBeGreaterThan(0)
      called += now
    }
    expect(polls).toBe(Math.ceil(many / 64))
    expect(reactor.poll(0)).toBe(0)
    expect([...heard.values()]).toEqual(new Array(many).fill(1))
    expect(reactor.audit().empty).toBe(true)
    reactor.close()
    for (const bell of bells) bell.close()
  })

  test('[A12] 2000 rounds of opening, registering and closing leave nothing behind', () => {
    const reactor = manualReactor({ capacity: 4 })
    let called = 0
    for (let round = 0; round < 2000; round++) {
      const bell = new EventFd({ initial: 1 })
      const registration = reactor.register(bell.release(), Interest.READABLE, () => called++)
      if (round % 2 === 0) reactor.poll(0)
      registration.close()
      expect(reactor.poll(0)).toBe(0)
    }
    expect(called).toBe(1000)
    expect(reactor.stats()).toMatchObject({ registrations: 0, stale: 0, ghosts: 0 })
  })

  test('[A13] a ghost that comes back under its own number is taken over', () => {
    const reactor = manualReactor()
    const [ours, theirs] = pair()
    const duplicate = owned(dup(ours))
    const heard: string[] = []
    const old = reactor.register(ours, Interest.READABLE, () => heard.push('old'))
    close(ours)
    old.close()
    expect(reactor.audit().ghosts).toHaveLength(1)
    expect(dup3(duplicate, ours, DescriptorFlag.CLOEXEC)).toBe(ours)
    reactor.register(ours, Interest.READABLE, () => heard.push(receive(ours)))
    send(theirs, 'x')
    expect(pollTimes(reactor, 3)).toBe(1)
    expect(heard).toEqual(['x'])
    expect(reactor.stats()).toMatchObject({ ghosts: 0, rebuilds: 0 })
  })
})

describe('[A4] what epoll does not take', () => {
  const directory = () => {
    const path = mkdtempSync(join(tmpdir(), 'reactor-'))
    const fd = owned(openSync(path, 'r'))
    rmSync(path, { recursive: true })
    return fd
  }
  const regularFile = () => {
    const path = mkdtempSync(join(tmpdir(), 'reactor-'))
    const fd = owned(openSync(join(path, 'file'), 'w+'))
    rmSync(path, { recursive: true })
    return fd
  }

  test.each([
    ['a regular file', regularFile],
    ['a directory', directory],
    ['/dev/null', () => owned(openSync('/dev/null', 'r'))],
  ])('%s is refused with the reason, and takes no slot', (_, open) => {
    const reactor = manualReactor({ capacity: 1 })
    const fd = open()
    expect(() => reactor.register(fd, Interest.READABLE, ignore)).toThrow(NotPollableError)
    const [ours] = pair()
    reactor.register(ours, Interest.READABLE, ignore)
  })

  test('always-ready gives a regular file a turn in each batch', () => {
    const reactor = manualReactor()
    const fd = regularFile()
    expect(write(fd, Buffer.from('abc'))).toBe(3)
    const seen: number[] = []
    const registration = reactor.register(fd, Interest.READABLE, (bits) => seen.push(bits), {
      notPollable: 'always-ready',
    })
    const [ours, theirs] = pair()
    let others = 0
    reactor.register(ours, Interest.READABLE, () => others++)
    send(theirs, 'x')
    // It does not make the reactor wait, and takes nobody's place.
    for (let turn = 1; turn <= 3; turn++) {
      expect(reactor.poll(-1)).toBe(2)
      expect([seen.length, others]).toEqual([turn, turn])
    }
    expect(seen.every((bits) => Readiness.readable(bits))).toBe(true)
    registration.deregister()
    expect(reactor.poll(0)).toBe(1)
    expect(read(fd, new Uint8Array(1))).toBe(0)
  })

  test('always-ready obeys oneshot, modify, disarm and rearm, its own handler’s too', () => {
    const reactor = manualReactor()
    const seen: number[] = []
    const level = reactor.register(
      regularFile(),
      Interest.READABLE,
      (bits, self) => {
        seen.push(bits)
        if (seen.length === 2) self.disarm()
      },
      { notPollable: 'always-ready' },
    )
    expect(pollTimes(reactor, 5)).toBe(2)
    level.modify(Interest.WRITABLE)
    expect(pollTimes(reactor, 3)).toBe(0)
    level.rearm()
    expect(pollTimes(reactor, 3)).toBe(3)
    expect(seen.slice(2)).toEqual(new Array(3).fill(Interest.WRITABLE))
    level.disarm()
    expect(pollTimes(reactor, 3)).toBe(0)
    const oneshot = reactor.register(regularFile(), Interest.READABLE, ignore, {
      notPollable: 'always-ready',
      mode: 'oneshot',
    })
    expect(pollTimes(reactor, 3)).toBe(1)
    oneshot.rearm()
    expect(pollTimes(reactor, 3)).toBe(1)
    oneshot.rearm()
    oneshot.deregister()
    expect(pollTimes(reactor, 3)).toBe(0)
  })

  test('the same on a kernel that plays a script', () => {
    const kernel = new FakePoller()
    const reactor = manualReactor({ poller: kernel })
    kernel.open(7, 'file')
    expect(() => reactor.register(7, Interest.READABLE, ignore)).toThrow(NotPollableError)
    const registration = reactor.register(7, Interest.READABLE, ignore, {
      notPollable: 'always-ready',
    })
    expect(pollTimes(reactor, 3)).toBe(3)
    registration.close()
    expect(kernel.isOpen(7)).toBe(false)
    expect(kernel.calls).toEqual(['ADD 7', 'ADD 7', 'close 7'])
  })
})
