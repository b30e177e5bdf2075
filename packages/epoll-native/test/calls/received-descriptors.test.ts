import { describe, expect, test } from 'vitest'
import { EpollFlag, Errno, EventFd } from '../../src/index.js'
import { close, dup, FcntlCommand, FdFlag, fcntl, IoBuffer, write } from '../../src/io/index.js'
import {
  MessageFlag,
  ReceivedDescriptors,
  recvmsg,
  SocketOption,
  SocketType,
  sendmsg,
  setSocketOption,
} from '../../src/socket/index.js'
import { disposed, expectNoLeak, openDescriptors, owned, readiness } from '../descriptors.js'
import { runProgram } from '../programs.js'
import { bytesOf, drain, fill, pipe, tcpPair, textOf, udpSocket, unixPair } from '../sockets.js'
import { untyped } from '../untyped.js'

expectNoLeak()

const byte = bytesOf('x')
const receive = (fd: number, received: ReceivedDescriptors, flags = 0) =>
  recvmsg(fd, new Uint8Array(16), undefined, undefined, flags, received)

describe('sendmsg and recvmsg', () => {
  test('[D9] pass a descriptor: another number for the same description, CLOEXEC', () => {
    const [left, right] = unixPair()
    const [out, into] = pipe()
    expect(sendmsg(left, bytesOf('take it'), 0, 7, 0, [into])).toBe(7)
    const received = disposed(new ReceivedDescriptors())
    const buffer = new Uint8Array(16)
    expect(recvmsg(right, buffer, 2, 14, 0, received)).toBe(7)
    expect(textOf(buffer.subarray(2, 9))).toBe('take it')
    expect([received.count, received.truncated, received.flags & MessageFlag.CTRUNC]).toEqual([
      1,
      false,
      0,
    ])
    const passed = received.get(0)
    expect(passed).not.toBe(into)
    expect(fcntl(passed, FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
    close(into)
    expect(write(passed, bytesOf('here'))).toBe(4)
    expect(textOf(drain(out))).toBe('here')
  })

  test('move bytes without descriptors, from and to a registered buffer too', () => {
    const [left, right] = unixPair()
    const buffer = disposed(new IoBuffer(8))
    buffer.bytes.set(bytesOf('bytes'))
    expect(sendmsg(left, buffer.id, 0, 5)).toBe(5)
    const received = disposed(new ReceivedDescriptors(1))
    expect(recvmsg(right, buffer.id, 3, 5, 0, received)).toBe(5)
    expect(textOf(buffer.bytes)).toBe('bytbytes')
    expect(received.count).toBe(0)
  })

  test('work on TCP and UDP as recv and send do', () => {
    const { client, server } = tcpPair()
    const received = disposed(new ReceivedDescriptors())
    expect(sendmsg(client, byte)).toBe(1)
    expect(readiness(server)).toBe(EpollFlag.IN)
    expect(receive(server, received)).toBe(1)
    expect(sendmsg(udpSocket(), byte)).toBe(-Errno.EDESTADDRREQ)
    expect(receive(udpSocket(), received)).toBe(-Errno.EAGAIN)
  })

  test('carry up to 253 descriptors in one message', () => {
    const [left, right] = unixPair()
    const bell = disposed(new EventFd())
    const many = new Array<number>(253).fill(bell.fd)
    expect(sendmsg(left, byte, 0, 1, 0, many)).toBe(1)
    const received = disposed(new ReceivedDescriptors())
    expect(receive(right, received)).toBe(1)
    expect([received.count, received.truncated]).toEqual([253, false])
    const taken = received.take()
    expect(received.count).toBe(0)
    expect(new Set(taken).size).toBe(253)
    for (const fd of taken) expect(close(fd)).toBe(0)
  })

  test('more descriptors than fit are closed, and the message says that it was cut', () => {
    const [left, right] = unixPair()
    const bell = disposed(new EventFd())
    expect(sendmsg(left, byte, 0, 1, 0, Int32Array.of(bell.fd, bell.fd, bell.fd))).toBe(1)
    const received = disposed(new ReceivedDescriptors(2))
    const before = openDescriptors().size
    expect(receive(right, received)).toBe(1)
    expect([received.count, received.truncated]).toEqual([2, true])
    expect(openDescriptors().size).toBe(before + 2)
    received.close()
    expect(openDescriptors().size).toBe(before)
  })

  test('credentials that come along leave room for a full set of descriptors', () => {
    const [left, right] = unixPair()
    setSocketOption(right, SocketOption.PASSCRED, true)
    const bell = disposed(new EventFd())
    expect(sendmsg(left, byte, 0, 1, 0, new Array<number>(253).fill(bell.fd))).toBe(1)
    const received = disposed(new ReceivedDescriptors())
    expect(receive(right, received)).toBe(1)
    expect([received.count, received.truncated]).toEqual([253, false])
  })

  test('descriptors of two messages on a stream come with their own bytes', () => {
    const [left, right] = unixPair()
    const bell = disposed(new EventFd())
    expect(sendmsg(left, bytesOf('ab'), 0, 2, 0, [bell.fd])).toBe(2)
    expect(sendmsg(left, bytesOf('cd'), 0, 2, 0, [bell.fd, bell.fd])).toBe(2)
    const counts: number[] = []
    for (let i = 0; i < 2; i++) {
      using received = new ReceivedDescriptors()
      expect(receive(right, received)).toBe(2)
      counts.push(received.count)
    }
    expect(counts).toEqual([1, 2])
  })

  test('a datagram that is longer than the buffer is cut, its descriptors are not', () => {
    const [left, right] = unixPair(SocketType.DGRAM)
    const bell = disposed(new EventFd())
    expect(sendmsg(left, bytesOf('datagram'), 0, 8, 0, [bell.fd])).toBe(8)
    const received = disposed(new ReceivedDescriptors())
    expect(recvmsg(right, new Uint8Array(4), 0, 4, 0, received)).toBe(4)
    expect(received.flags & MessageFlag.TRUNC).toBe(MessageFlag.TRUNC)
    expect([received.count, received.truncated]).toEqual([1, false])
  })

  test('an end, or a message without descriptors, empties what was there before', () => {
    const [left, right] = unixPair()
    const bell = disposed(new EventFd())
    const received = new ReceivedDescriptors()
    expect(sendmsg(left, byte, 0, 1, 0, [bell.fd])).toBe(1)
    expect(receive(right, received)).toBe(1)
    const [taken = -1] = received.take()
    owned(taken)
    expect(sendmsg(left, byte)).toBe(1)
    expect(receive(right, received)).toBe(1)
    expect(received.count).toBe(0)
    close(left)
    expect(receive(right, received)).toBe(0)
    expect(received.count).toBe(0)
  })

  test('answer as the kernel does, and leave what was received as it is', () => {
    const [left, right] = unixPair()
    const bell = disposed(new EventFd())
    const received = disposed(new ReceivedDescriptors())
    expect(sendmsg(left, byte, 0, 1, 0, [bell.fd])).toBe(1)
    expect(receive(right, received)).toBe(1)
    const fd = received.get(0)
    expect(receive(right, received)).toBe(-Errno.EAGAIN)
    expect(receive(-1, received)).toBe(-Errno.EBADF)
    expect(receive(bell.fd, received)).toBe(-Errno.ENOTSOCK)
    expect([received.count, received.get(0)]).toEqual([1, fd])
    expect(sendmsg(left, byte, 0, 1, 0, [0x7fffffff])).toBe(-Errno.EBADF)
    expect(sendmsg(left, byte, 0, 1, 0, Int32Array.of(-1))).toBe(-Errno.EBADF)
    expect(sendmsg(-1, byte)).toBe(-Errno.EBADF)
    fill(left)
    expect(sendmsg(left, byte, 0, 1, 0, [bell.fd])).toBe(-Errno.EAGAIN)
    close(right)
    expect(sendmsg(left, byte)).toBe(-Errno.EPIPE)
  })

  test('refuse wrong arguments', () => {
    const [left, right] = unixPair()
    for (const descriptors of [
      [-1],
      [0.5],
      [Number.NaN],
      [2 ** 31],
      [untyped<number>('1')],
      [untyped<number>(undefined)],
      new Array<number>(254).fill(0),
      new Int32Array(254),
    ]) {
      expect(() => sendmsg(left, byte, 0, 1, 0, descriptors)).toThrow(RangeError)
    }
    for (const descriptors of [{ length: 1, 0: 1 }, 'abc', new Uint8Array(1)]) {
      expect(() => sendmsg(left, byte, 0, 1, 0, untyped(descriptors))).toThrow(TypeError)
    }
    for (const received of [
      undefined,
      null,
      {},
      new Int32Array(8),
      Object.create(ReceivedDescriptors.prototype),
    ]) {
      expect(() => recvmsg(right, new Uint8Array(1), 0, 1, 0, untyped(received))).toThrow(TypeError)
    }
    using received = new ReceivedDescriptors()
    expect(() => recvmsg(right, new Uint8Array(1), 0, 2, 0, received)).toThrow(RangeError)
    expect(() => sendmsg(left, byte, 2)).toThrow(RangeError)
    expect(receive(right, received)).toBe(-Errno.EAGAIN)
  })

  test('a process that can open no more files is told that descriptors were lost', async () => {
    const outcome = await runProgram(`
      const pair = new Int32Array(2)
      net.socketpair(1, 1, 0, pair)
      const bell = new rearm.EventFd()
      net.sendmsg(pair[0], new Uint8Array(1), 0, 1, 0, [bell.fd, bell.fd, bell.fd])
      const received = new net.ReceivedDescriptors()
      const bytes = new Uint8Array(1)
      const hoard = []
      for (let fd; (fd = io.dup(bell.fd)) >= 0; ) hoard.push(fd)
      io.close(hoard.pop())
      const count = net.recvmsg(pair[1], bytes, 0, 1, 0, received)
      hoard.forEach((fd) => io.close(fd))
      console.log(count, received.count, received.truncated)
      received.close()
    `)
    expect(outcome).toEqual({ status: 0, signal: null, stdout: '1 1 true\n', stderr: '' })
  })
})

describe('ReceivedDescriptors', () => {
  test('has room for 1 to 253', () => {
    expect(new ReceivedDescriptors().capacity).toBe(253)
    expect(new ReceivedDescriptors(1).capacity).toBe(1)
    for (const capacity of [0, -1, 254, 0.5, Number.NaN, untyped<number>('1')]) {
      expect(() => new ReceivedDescriptors(capacity)).toThrow(RangeError)
    }
  })

  test('an index that names no descriptor is a RangeError', () => {
    const [left, right] = unixPair()
    const bell = disposed(new EventFd())
    expect(sendmsg(left, byte, 0, 1, 0, [bell.fd])).toBe(1)
    const received = disposed(new ReceivedDescriptors())
    expect(() => received.get(0)).toThrow(RangeError)
    expect(receive(right, received)).toBe(1)
    for (const index of [-1, -2, 1, 0.5, Number.NaN])
      expect(() => received.get(index)).toThrow(RangeError)
  })

  test('close() closes what was not taken, once', () => {
    const [left, right] = unixPair()
    const bell = disposed(new EventFd())
    const before = openDescriptors().size
    const received = new ReceivedDescriptors()
    expect(sendmsg(left, byte, 0, 1, 0, [bell.fd, bell.fd])).toBe(1)
    expect(receive(right, received)).toBe(1)
    const recycled = received.get(0)
    received.close()
    expect(openDescriptors().size).toBe(before)
    expect(owned(dup(bell.fd))).toBe(recycled)
    received.close()
    expect(fcntl(recycled, FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
  })
})
