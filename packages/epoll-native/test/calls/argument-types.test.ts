import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import {
  Epoll,
  EpollEvents,
  EpollOp,
  EpollWatcher,
  Errno,
  EventFd,
  epollCtl,
  epollSetParams,
  inotifyAddWatch,
  parseInotifyEvents,
  TimerFd,
} from '../../src/index.js'
import { FcntlCommand, fcntl, IoBuffer, read, readv, write, writev } from '../../src/io/index.js'
import {
  bind,
  getsockopt,
  recv,
  recvmmsg,
  SocketAddress,
  send,
  sendmsg,
  setsockopt,
} from '../../src/socket/index.js'
import { disposed, expectNoLeak } from '../descriptors.js'
import { untyped } from '../untyped.js'

expectNoLeak()

describe('an argument of the wrong type is a TypeError that says so, and nothing is done', () => {
  test.each([new Int32Array(16), new Float64Array(16), new Uint16Array(24), {}, 'abc', undefined])(
    'parseInotifyEvents takes bytes alone: %o',
    (events) => {
      expect(() => parseInotifyEvents(untyped(events))).toThrow(
        new TypeError('parseInotifyEvents: the events must be a Uint8Array'),
      )
    },
  )

  test.each([5, undefined, null, { split: () => ['1', '2', '3', '4'] }])(
    'the text of an address is a string: %o',
    (address) => {
      for (const [family, name] of [
        ['ipv4', 'an IPv4 address'],
        ['ipv6', 'an IPv6 address'],
      ]) {
        expect(() => bind(-1, untyped({ family, address, port: 1 }))).toThrow(
          new TypeError(`${name} must be a string`),
        )
      }
    },
  )

  test('the bytes of an address are looked at once', () => {
    const answers = [new Uint8Array(2), new Uint8Array(1000)]
    const address = new SocketAddress(
      untyped({
        family: 'other',
        number: 99,
        get bytes() {
          return answers.shift()
        },
      }),
    )
    expect(address.length).toBe(4)
  })

  test('an address is compared with an address', () => {
    expect(() => new SocketAddress().equals(untyped({ length: 0 }))).toThrow(TypeError)
  })

  test.each([[() => 0], [{ length: 0 }], ['']])(
    'descriptors are an array, if empty: %o',
    (none) => {
      expect(() => sendmsg(-1, new Uint8Array(1), 0, 1, 0, untyped(none))).toThrow(TypeError)
    },
  )

  test.each([5, 'thread', null, true])('options are an object: %o', (options) => {
    const epoll = disposed(new Epoll())
    const events = new EpollEvents(1)
    const timer = disposed(new TimerFd())
    const said = /must be an object$/
    expect(() => new EventFd(untyped(options))).toThrow(said)
    expect(() => new EpollWatcher(epoll, events, () => {}, untyped(options))).toThrow(said)
    expect(() => timer.set(untyped(options))).toThrow(said)
    expect(() => {
      epoll.params = untyped(options)
    }).toThrow(said)
    expect(timer.remaining.value).toBe(0n)
  })

  test('the words are those of the call', () => {
    expect(() => recvmmsg(0, untyped(undefined))).toThrow(
      new TypeError('the "packets" argument must be a PacketArray'),
    )
    expect(() => inotifyAddWatch(0, untyped(5), 1)).toThrow(/must be a string or a Uint8Array$/)
    expect(() => read(0, untyped(new IoBuffer(8)))).toThrow(
      /must be the id of an IoBuffer, or a Uint8Array$/,
    )
  })

  test('memory of another realm is as good as ours', () => {
    const made = (code: string) => runInNewContext(code)
    expect(parseInotifyEvents(made('new Uint8Array(16)'))).toHaveLength(1)
    const buffer = new IoBuffer(made('new Uint8Array([65])'))
    expect(buffer.bytes[0]).toBe(65)
    buffer.release()
    expect(new IoBuffer(made('new ArrayBuffer(3)')).bytes).toHaveLength(3)
    const path = made('new Uint8Array([65])')
    expect(bind(-1, { family: 'unix', path })).toBe(-Errno.EBADF)
  })

  test('a boolean is no string that says so', () => {
    const params = {
      busyPollUsecs: 0,
      busyPollBudget: 0,
      preferBusyPoll: untyped<boolean>('false'),
    }
    expect(() => epollSetParams(-1, params)).toThrow(TypeError)
    expect(() => new EventFd({ semaphore: untyped('no') })).toThrow(TypeError)
    using timer = new TimerFd()
    expect(() => timer.set({ value: 1, absolute: untyped('no') })).toThrow(TypeError)
    expect(() => timer.set({ value: 1, cancelOnSet: untyped(0) })).toThrow(TypeError)
    expect(timer.remaining.value).toBe(0n)
  })

  test('a mask that is left out is none that asks for nothing', () => {
    using epoll = new Epoll()
    using event = new EventFd()
    expect(() => epoll.add(event.fd, untyped(undefined))).toThrow(TypeError)
    expect(epollCtl(epoll.fd, EpollOp.DEL, event.fd)).toBeLessThan(0)
    epoll.add(event.fd, 0)
    expect(() => epoll.modify(event.fd, untyped(undefined))).toThrow(TypeError)
    expect(() => epollCtl(epoll.fd, EpollOp.MOD, event.fd)).toThrow(TypeError)
    expect(epollCtl(epoll.fd, EpollOp.DEL, event.fd)).toBe(0)
  })

  test.each([FcntlCommand.SETFD, FcntlCommand.SETFL, FcntlCommand.SETPIPE_SZ])(
    'fcntl command %i sets nothing without its argument',
    (command) => {
      using event = new EventFd()
      const flags = [FcntlCommand.GETFD, FcntlCommand.GETFL]
      const before = flags.map((get) => fcntl(event.fd, get))
      expect(() => fcntl(event.fd, command)).toThrow(TypeError)
      expect(flags.map((get) => fcntl(event.fd, get))).toEqual(before)
    },
  )
})

describe('memory that was transferred away is a RangeError, and nothing is done', () => {
  const gone = new Uint8Array(8)
  const goneInts = new Int32Array(1)
  structuredClone(0, { transfer: [gone.buffer, goneInts.buffer] })
  const here = new Uint8Array(1)

  test.each([
    ['read', () => read(-1, gone)],
    ['write', () => write(-1, gone)],
    ['readv', () => readv(-1, [here, gone])],
    ['writev', () => writev(-1, [gone])],
    ['recv', () => recv(-1, gone)],
    ['send', () => send(-1, gone)],
    ['sendmsg', () => sendmsg(-1, gone)],
    ['descriptors of sendmsg', () => sendmsg(-1, here, 0, 1, 0, goneInts)],
    ['getsockopt', () => getsockopt(-1, 1, 2, gone)],
    ['setsockopt', () => setsockopt(-1, 1, 2, gone)],
    ['inotifyAddWatch', () => inotifyAddWatch(-1, gone, 1)],
  ])('%s', (_, call) => {
    expect(call).toThrow(RangeError)
  })
})
