import { EpollFlag, Errno } from '@rearm/epoll-native'
import { close, write } from '@rearm/epoll-native/io'
import {
  connect,
  getSocketOption,
  MessageFlag,
  recv,
  ShutdownMode,
  SocketOption,
  send as sendFlags,
  setSocketOption,
  shutdown,
} from '@rearm/epoll-native/socket'
import { describe, expect, test } from 'vitest'
import { Interest, Readiness, type Registration } from '../../src/index.js'
import { expectClean, manualReactor, owned, pair, pipe, receive, send } from '../descriptors.js'
import {
  accept,
  arrived,
  pollTimes,
  pollUntil,
  received,
  tcpListener,
  tcpPair,
  tcpSocket,
} from './support.js'
import { Borrower } from './threads.js'

expectClean()

const both = Interest.READABLE | Interest.WRITABLE

/** Closes a TCP socket with a reset. */
function reset(fd: number): void {
  setSocketOption(fd, SocketOption.LINGER, { on: true, seconds: 0 })
  expect(close(fd)).toBe(0)
}

describe.each([
  ['unix', pair],
  ['tcp', tcpPair],
] as const)('the end of a %s stream', (_, connected) => {
  test('[I1] the peer’s half-close is readable and read-closed, and comes after its data', () => {
    const reactor = manualReactor()
    const [ours, theirs] = connected()
    const heard: string[] = []
    const seen: number[] = []
    const registration = reactor.register(ours, Interest.READABLE, (readiness) => {
      seen.push(readiness)
      heard.push(receive(ours, 4))
    })
    expect(reactor.poll(0)).toBe(0)
    send(theirs, 'lastword')
    pollUntil(reactor, () => heard.length === 1)
    expect(Readiness.readClosed(seen[0] ?? 0)).toBe(false)
    shutdown(theirs, ShutdownMode.WRITE)
    pollUntil(reactor, () => heard.includes(''))
    expect(heard).toEqual(['last', 'word', ''])
    const last = seen.at(-1) ?? 0
    expect([last & EpollFlag.RDHUP, Readiness.readClosed(last)]).toEqual([EpollFlag.RDHUP, true])
    expect([Readiness.readable(last), Readiness.writeClosed(last)]).toEqual([true, false])
    // Our direction is open.
    registration.modify(Interest.NONE)
    expect(pollTimes(reactor, 3)).toBe(0)
    send(ours, 'answer')
    expect(received(theirs)).toBe('answer')
  })

  test('[I3] our own half-close for reading is readable and the end', () => {
    const reactor = manualReactor()
    const [ours] = connected()
    const seen: number[] = []
    reactor.register(ours, Interest.READABLE, (readiness) => seen.push(readiness), { mode: 'edge' })
    shutdown(ours, ShutdownMode.READ)
    pollUntil(reactor, () => seen.length > 0)
    expect(Readiness.readClosed(seen[0] ?? 0)).toBe(true)
    expect(receive(ours)).toBe('')
  })

  test('[I3] our own close of both directions is a hang-up, told whatever was asked for', () => {
    const reactor = manualReactor()
    const [ours, theirs] = connected()
    const seen: number[] = []
    reactor.register(ours, Interest.NONE, (readiness) => seen.push(readiness), { mode: 'oneshot' })
    shutdown(ours, ShutdownMode.BOTH)
    shutdown(theirs, ShutdownMode.BOTH)
    pollUntil(reactor, () => seen.length > 0)
    expect(seen.map(Readiness.writeClosed)).toEqual([true])
    expect(seen.map(Readiness.readClosed)).toEqual([true])
    expect(receive(ours)).toBe('')
    expect(write(ours, Buffer.from('x'))).toBe(-Errno.EPIPE)
  })

  test('[I10] the end of the stream, found by a worker, closes and removes: no spin', async () => {
    const reactor = manualReactor()
    const borrower = await Borrower.start(reactor)
    const [ours, theirs] = connected()
    let fired = 0
    const registration: Registration = reactor.register(
      ours,
      Interest.READABLE,
      (_, self) => {
        fired++
        borrower.post({ name: 'answer', ticket: self.lend() })
      },
      { mode: 'oneshot' },
    )
    send(theirs, 'ping')
    pollUntil(reactor, () => fired === 1)
    expect(await borrower.answer()).toEqual({ result: 'ping' })
    expect(received(theirs)).toBe('PING')
    close(theirs)
    pollUntil(reactor, () => registration.ended)
    expect(await borrower.answer()).toEqual({ result: '' })
    expect(fired).toBe(2)
    expect(pollTimes(reactor, 5)).toBe(0)
    expect(close(ours)).toBe(-Errno.EBADF)
    await borrower.end()
  })
})

describe('the end of a connection', () => {
  test('[I4] a reset without unread data is an error, a hang-up, and the end', () => {
    const reactor = manualReactor()
    const [ours, theirs] = tcpPair()
    const seen: number[] = []
    const registration = reactor.register(ours, Interest.READABLE, (bits) => seen.push(bits))
    reset(theirs)
    pollUntil(reactor, () => seen.length > 0)
    const [bits = 0] = seen
    expect([Readiness.failed(bits), Readiness.writeClosed(bits)]).toEqual([true, true])
    expect([Readiness.readable(bits), Readiness.readClosed(bits)]).toEqual([true, true])
    expect(receive(ours)).toBe(`errno ${Errno.ECONNRESET}`)
    registration.close()
    expect(pollTimes(reactor, 3)).toBe(0)
  })

  test('[I4] a reset with unread data is told too, and again to who registers late', () => {
    const reactor = manualReactor()
    const [ours, theirs] = tcpPair()
    send(theirs, 'lost or not')
    send(ours, 'never read by the peer')
    arrived(theirs)
    const seen: number[] = []
    const early = reactor.register(ours, Interest.NONE, (bits, self) => {
      seen.push(bits)
      self.deregister()
    })
    // Closing with unread input resets by itself.
    close(theirs)
    pollUntil(reactor, () => early.ended)
    const late = reactor.register(ours, both, (bits) => seen.push(bits), { mode: 'edge' })
    pollUntil(reactor, () => seen.length === 2)
    for (const bits of seen) {
      expect([Readiness.failed(bits), Readiness.writeClosed(bits)]).toEqual([true, true])
    }
    expect(pollTimes(reactor, 3)).toBe(0)
    late.close()
  })

  test('[I5] a refused connection is writable or failed, and SO_ERROR says why', () => {
    const reactor = manualReactor()
    const { fd, address } = tcpListener()
    close(fd)
    const client = owned(tcpSocket())
    const seen: number[] = []
    const begun = connect(client, address)
    expect([-Errno.EINPROGRESS, -Errno.ECONNREFUSED]).toContain(begun)
    reactor.register(client, Interest.WRITABLE, (bits) => seen.push(bits), { mode: 'edge' })
    pollUntil(reactor, () => seen.length > 0)
    expect(Readiness.writable(seen[0] ?? 0)).toBe(true)
    const reason = begun === -Errno.EINPROGRESS ? Errno.ECONNREFUSED : 0
    expect(getSocketOption(client, SocketOption.ERROR)).toBe(reason)
  })

  test('[I5] an accepted connection is writable without an error', () => {
    const reactor = manualReactor()
    const { fd, address } = tcpListener()
    const client = owned(tcpSocket())
    connect(client, address)
    const seen: number[] = []
    reactor.register(client, Interest.WRITABLE, (bits) => seen.push(bits), { mode: 'edge' })
    pollUntil(reactor, () => seen.length > 0)
    expect(seen).toEqual([EpollFlag.OUT])
    expect(getSocketOption(client, SocketOption.ERROR)).toBe(0)
    expect(accept(fd)).toBeGreaterThanOrEqual(0)
  })

  test('[I8] a fresh socket that is not connected reports a hang-up', () => {
    const reactor = manualReactor()
    const fresh = owned(tcpSocket())
    const seen: number[] = []
    const registration = reactor.register(fresh, Interest.READABLE, (bits) => seen.push(bits), {
      mode: 'oneshot',
    })
    expect(pollTimes(reactor, 3)).toBe(1)
    expect(Readiness.writeClosed(seen[0] ?? 0)).toBe(true)
    // Registered before connecting, oneshot or disarmed keeps it from spinning.
    const { fd, address } = tcpListener()
    connect(fresh, address)
    registration.rearm(Interest.WRITABLE)
    pollUntil(reactor, () => seen.length === 2)
    expect(seen[1]).toBe(EpollFlag.OUT)
    expect(accept(fd)).toBeGreaterThanOrEqual(0)
  })

  test('[I9] urgent data is priority, to who asks for it', () => {
    const reactor = manualReactor()
    const [ours, theirs] = tcpPair()
    const seen: number[] = []
    reactor.register(ours, Interest.PRIORITY, (bits) => seen.push(bits), { mode: 'edge' })
    send(theirs, 'ordinary')
    arrived(ours)
    expect(pollTimes(reactor, 3)).toBe(0)
    expect(sendFlags(theirs, Buffer.from('!'), 0, 1, MessageFlag.OOB)).toBe(1)
    pollUntil(reactor, () => seen.length > 0)
    expect([seen[0], Readiness.priority(seen[0] ?? 0)]).toEqual([EpollFlag.PRI, true])
    const urgent = Buffer.alloc(1)
    expect(recv(ours, urgent, 0, 1, MessageFlag.OOB)).toBe(1)
    expect(urgent.toString()).toBe('!')
  })

  test('the writer’s end of a pipe tells its reader, the reader’s end its writer', () => {
    const reactor = manualReactor()
    const [reading, writing] = pipe()
    const [reading2, writing2] = pipe()
    const seen = new Map<number, number>()
    const note = (bits: number, { fd }: Registration) => seen.set(fd, bits)
    reactor.register(reading, Interest.READABLE, note, { mode: 'edge' })
    reactor.register(writing2, Interest.NONE, note, { mode: 'edge' })
    expect(pollTimes(reactor, 2)).toBe(0)
    close(writing)
    close(reading2)
    expect(pollTimes(reactor, 2)).toBe(2)
    expect(seen.get(reading)).toBe(EpollFlag.HUP)
    expect(seen.get(writing2)).toBe(EpollFlag.ERR)
    expect(Readiness.readClosed(seen.get(reading) ?? 0)).toBe(true)
    expect(Readiness.failed(seen.get(writing2) ?? 0)).toBe(true)
    expect(receive(reading)).toBe('')
    expect(write(writing2, Buffer.from('x'))).toBe(-Errno.EPIPE)
  })
})
