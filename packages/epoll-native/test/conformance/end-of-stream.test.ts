import { describe, expect, test } from 'vitest'
import { Epoll, EpollFlag, Errno } from '../../src/index.js'
import { close, read, write } from '../../src/io/index.js'
import {
  connect,
  getSocketOption,
  MessageFlag,
  recv,
  ShutdownMode,
  SocketOption,
  SocketType,
  send,
  setSocketOption,
  shutdown,
} from '../../src/socket/index.js'
import { flagsOf, nextBatch, readyNow } from '../batches.js'
import { disposed, expectNoLeak, readiness } from '../descriptors.js'
import { interestList } from '../interest-list.js'
import {
  bytesOf,
  drain,
  nameOf,
  newSocket,
  pipe,
  refusing,
  tcpPair,
  textOf,
  unixPair,
} from '../sockets.js'

expectNoLeak()

const { IN, OUT, RDHUP, HUP, ERR, PRI, ET } = EpollFlag
const newEpoll = () => disposed(new Epoll())
const byte = () => new Uint8Array(1)

/** Waits until `fd` has all of `flags` at once, and returns all that it has. */
function untilAll(fd: number, flags: number): number {
  const epoll = newEpoll()
  epoll.add(fd, flags | ET)
  for (let seen = 0; ; ) {
    seen = flagsOf(nextBatch(epoll))[0] ?? 0
    if ((seen & flags) === flags) return seen
    if (seen === 0) throw new Error('the flags did not come')
  }
}

describe('I. the end of a stream', () => {
  test.each([
    { name: 'TCP', pair: () => Object.values(tcpPair()) as [number, number] },
    { name: 'unix', pair: () => unixPair() },
  ])(
    '[I1] the peer writes no more: data first, then the end, RDHUP all along ($name)',
    ({ pair }) => {
      const [near, far] = pair()
      write(far, bytesOf('last words'))
      expect(shutdown(far, ShutdownMode.WRITE)).toBe(0)
      expect(untilAll(near, IN | RDHUP)).toBe(IN | RDHUP)
      const buffer = new Uint8Array(4)
      expect(read(near, buffer)).toBe(4)
      expect(textOf(buffer)).toBe('last')
      expect(readiness(near, IN | RDHUP)).toBe(IN | RDHUP)
      expect(textOf(drain(near))).toBe(' words')
      // The end stays: level triggering reports it for ever.
      for (let i = 0; i < 3; i++) {
        expect(readiness(near, IN | RDHUP)).toBe(IN | RDHUP)
        expect(read(near, byte())).toBe(0)
      }
      // The other direction works still.
      expect(write(near, bytesOf('answer'))).toBe(6)
      expect(readiness(far)).toBe(IN)
      expect(textOf(drain(far))).toBe('answer')
    },
  )

  test('[I1] RDHUP is reported only to who asks for it; IN says the rest', () => {
    const [near, far] = unixPair()
    shutdown(far, ShutdownMode.WRITE)
    expect(readiness(near, IN)).toBe(IN)
    expect(readiness(near, RDHUP)).toBe(RDHUP)
  })

  test('[I3] reading that is shut down here reads as the end', () => {
    const [near, far] = unixPair()
    expect(shutdown(near, ShutdownMode.READ)).toBe(0)
    expect(readiness(near, IN | OUT | RDHUP)).toBe(IN | OUT | RDHUP)
    expect(read(near, byte())).toBe(0)
    expect(send(far, byte())).toBe(-Errno.EPIPE)
  })

  test('[I3] both directions shut down here: HUP as well', () => {
    const { client, server } = tcpPair()
    expect(shutdown(client, ShutdownMode.BOTH)).toBe(0)
    expect(readiness(client, IN | OUT | RDHUP)).toBe(IN | OUT | RDHUP | HUP)
    expect(untilAll(server, RDHUP)).toBe(RDHUP)
  })

  test('[I3] a registration wakes when its own side shuts down', () => {
    const epoll = newEpoll()
    const [near] = unixPair()
    epoll.add(near, IN | RDHUP | ET)
    expect(readyNow(epoll)).toEqual([])
    shutdown(near, ShutdownMode.BOTH)
    expect(flagsOf(nextBatch(epoll))).toEqual([IN | RDHUP | HUP])
  })

  test('[I4] a reset without unread data: ERR and HUP, ECONNRESET once, then the end', () => {
    const { client, server } = tcpPair()
    setSocketOption(client, SocketOption.LINGER, { on: true, seconds: 0 })
    close(client)
    expect(untilAll(server, HUP)).toBe(HUP | ERR)
    expect(readiness(server, IN | OUT | RDHUP)).toBe(IN | OUT | RDHUP | HUP | ERR)
    expect(read(server, byte())).toBe(-Errno.ECONNRESET)
    expect(read(server, byte())).toBe(0)
    expect(write(server, byte())).toBe(-Errno.EPIPE)
    expect(readiness(server, IN)).toBe(IN | HUP)
  })

  test('[I4] a reset with unread data: the data is still read, then the error, then the end', () => {
    const { client, server } = tcpPair()
    expect(write(client, bytesOf('unread'))).toBe(6)
    expect(readiness(server)).toBe(IN)
    setSocketOption(client, SocketOption.LINGER, { on: true, seconds: 0 })
    close(client)
    expect(untilAll(server, HUP) & (HUP | ERR)).toBe(HUP | ERR)
    const buffer = new Uint8Array(16)
    expect([0, 1, 2].map(() => read(server, buffer))).toEqual([6, -Errno.ECONNRESET, 0])
  })

  test('[I4] closing with data that was never read resets the peer', () => {
    const { client, server } = tcpPair()
    expect(write(server, bytesOf('never read'))).toBe(10)
    expect(readiness(client)).toBe(IN)
    close(client)
    expect(untilAll(server, HUP) & ERR).toBe(ERR)
    expect(getSocketOption(server, SocketOption.ERROR)).toBe(Errno.ECONNRESET)
  })

  test('[I5] a refused connection: OUT, ERR and HUP, and the error in SO_ERROR', () => {
    const epoll = newEpoll()
    const fd = newSocket(SocketType.STREAM)
    epoll.add(fd, IN | OUT | RDHUP | ET)
    expect(flagsOf(readyNow(epoll))).toEqual([OUT | HUP])
    expect([-Errno.EINPROGRESS, -Errno.ECONNREFUSED]).toContain(connect(fd, nameOf(refusing())))
    expect(untilAll(fd, ERR)).toBe(ERR | HUP)
    expect(readiness(fd, IN | OUT | RDHUP)).toBe(IN | OUT | RDHUP | ERR | HUP)
    expect(getSocketOption(fd, SocketOption.ERROR)).toBe(Errno.ECONNREFUSED)
    expect(readiness(fd, IN | OUT | RDHUP)).toBe(IN | OUT | RDHUP | HUP)
  })

  test('[I8] a fresh socket that is not connected reports HUP, whatever is asked for', () => {
    const fd = newSocket(SocketType.STREAM)
    expect(readiness(fd, IN | OUT)).toBe(OUT | HUP)
    expect(readiness(fd, 0)).toBe(HUP)
  })

  test('[I9] urgent data is PRI, and is read out of band', () => {
    const { client, server } = tcpPair()
    expect(send(client, bytesOf('!'), 0, 1, MessageFlag.OOB)).toBe(1)
    expect(untilAll(server, PRI)).toBe(PRI)
    const urgent = byte()
    expect(recv(server, urgent, 0, 1, MessageFlag.OOB)).toBe(1)
    expect(textOf(urgent)).toBe('!')
    expect(recv(server, urgent, 0, 1, MessageFlag.OOB)).toBe(-Errno.EINVAL)
    expect(readiness(server, PRI, 0)).toBe(0)
    expect(send(client, bytesOf('n'))).toBe(1)
    expect(readiness(server, IN | PRI)).toBe(IN)
    expect(textOf(drain(server))).toBe('n')
  })

  test('[I10] an end that is closed is off the list: it cannot spin', () => {
    const epoll = newEpoll()
    const [near, far] = unixPair()
    epoll.add(near, IN, 1)
    close(far)
    expect(flagsOf(nextBatch(epoll))).toEqual([IN | HUP])
    expect(read(near, byte())).toBe(0)
    // Left registered, it is reported again at once.
    expect(flagsOf(nextBatch(epoll))).toEqual([IN | HUP])
    close(near)
    expect(interestList(epoll.fd)).toEqual([])
    expect(readyNow(epoll)).toEqual([])
  })

  test('a pipe whose writer is gone: the data, then HUP without IN', () => {
    const [out, into] = pipe()
    write(into, bytesOf('x'))
    close(into)
    expect(readiness(out)).toBe(IN | HUP)
    expect(textOf(drain(out))).toBe('x')
    expect(readiness(out)).toBe(HUP)
    expect(read(out, byte())).toBe(0)
  })
})
