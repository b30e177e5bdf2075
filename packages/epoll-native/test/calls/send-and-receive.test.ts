import { describe, expect, test } from 'vitest'
import { EpollFlag, Errno, EventFd } from '../../src/index.js'
import { close, IoBuffer } from '../../src/io/index.js'
import {
  type Address,
  AddressFamily,
  bind,
  MessageFlag,
  recv,
  recvfrom,
  SocketAddress,
  SocketFlag,
  SocketType,
  send,
  sendto,
  socketpair,
} from '../../src/socket/index.js'
import { hasIpv6Loopback } from '../capabilities.js'
import { disposed, expectNoLeak, owned, readiness } from '../descriptors.js'
import {
  bindFreshSocket,
  bytesOf,
  fill,
  loopback,
  nameOf,
  newSocket,
  receive,
  textOf,
  udpSocket,
  unixPair,
} from '../sockets.js'
import { untyped } from '../untyped.js'

expectNoLeak()

const { INET, INET6, UNIX } = AddressFamily
const { STREAM, DGRAM } = SocketType
const noSocket = () => disposed(new EventFd()).fd

describe('recv and send', () => {
  test('move bytes and parts of buffers', () => {
    const [left, right] = unixPair()
    expect(send(left, bytesOf('abcdef'), 1, 3)).toBe(3)
    const buffer = new Uint8Array(4).fill(46)
    expect(recv(right, buffer, 1, 2)).toBe(2)
    expect(textOf(buffer)).toBe('.bc.')
    const registered = disposed(new IoBuffer(4))
    expect(recv(right, registered.id)).toBe(1)
    expect(textOf(registered.bytes.subarray(0, 1))).toBe('d')
    expect(send(right, registered.id, 0, 1)).toBe(1)
    expect(receive(left)).toBe('d')
  })

  test('PEEK leaves the bytes, TRUNC answers the whole length, WAITALL waits for all', () => {
    const [left, right] = unixPair(DGRAM)
    expect(send(left, bytesOf('datagram'))).toBe(8)
    const two = new Uint8Array(2)
    expect(recv(right, two, 0, 2, MessageFlag.PEEK)).toBe(2)
    expect(recv(right, two, 0, 2, MessageFlag.PEEK | MessageFlag.TRUNC)).toBe(8)
    expect(recv(right, two, 0, 2)).toBe(2)
    expect(recv(right, two)).toBe(-Errno.EAGAIN)
    const [a, b] = unixPair()
    send(a, bytesOf('wxyz'))
    expect(recv(b, new Uint8Array(4), 0, 4, MessageFlag.WAITALL)).toBe(4)
  })

  test('DONTWAIT does not block on a blocking socket', () => {
    const pair = new Int32Array(2)
    expect(socketpair(UNIX, STREAM | SocketFlag.CLOEXEC, 0, pair)).toBe(0)
    const [left = -1, right = -1] = pair
    owned(left)
    owned(right)
    expect(recv(left, new Uint8Array(1), 0, 1, MessageFlag.DONTWAIT)).toBe(-Errno.EAGAIN)
    const chunk = new Uint8Array(65536)
    let answer = 0
    do answer = send(right, chunk, 0, chunk.length, MessageFlag.DONTWAIT)
    while (answer > 0)
    expect(answer).toBe(-Errno.EAGAIN)
  })

  test('answer as the kernel does; a broken pipe raises no signal', () => {
    const [left, right] = unixPair()
    expect(recv(left, new Uint8Array(1))).toBe(-Errno.EAGAIN)
    fill(left)
    expect(send(left, new Uint8Array(1))).toBe(-Errno.EAGAIN)
    close(right)
    expect(send(left, new Uint8Array(1))).toBe(-Errno.EPIPE)
    expect(recv(-1, new Uint8Array(1))).toBe(-Errno.EBADF)
    expect(send(-1, new Uint8Array(1))).toBe(-Errno.EBADF)
    expect(recv(noSocket(), new Uint8Array(1))).toBe(-Errno.ENOTSOCK)
    expect(send(noSocket(), new Uint8Array(1))).toBe(-Errno.ENOTSOCK)
    expect(recv(newSocket(STREAM), new Uint8Array(1))).toBe(-Errno.ENOTCONN)
    expect(send(newSocket(STREAM), new Uint8Array(1))).toBe(-Errno.EPIPE)
    expect(send(udpSocket(), new Uint8Array(1))).toBe(-Errno.EDESTADDRREQ)
    expect(send(unixPair(DGRAM)[0], new Uint8Array(16 << 20))).toBe(-Errno.EMSGSIZE)
  })

  test('refuse wrong arguments', () => {
    const [fd] = unixPair()
    const buffer = new Uint8Array(4)
    for (const call of [recv, send]) {
      expect(() => call(fd, buffer, 5)).toThrow(RangeError)
      expect(() => call(fd, buffer, 0, 5)).toThrow(RangeError)
      expect(() => call(fd, buffer, 0, 4, 0.5)).toThrow(RangeError)
      expect(() => call(fd, buffer, 0, 4, 2 ** 31)).toThrow(RangeError)
      expect(() => call(fd, untyped('text'))).toThrow(TypeError)
      expect(() => call(untyped(null), buffer)).toThrow(TypeError)
    }
  })
})

describe('recvfrom and sendto', () => {
  test.each([
    { name: 'UDP', domain: INET, address: loopback() as Address },
    {
      name: 'UDP over IPv6',
      domain: INET6,
      address: { family: 'ipv6', address: '::1', port: 0 } as Address,
    },
    { name: 'unix datagrams', domain: UNIX, address: { family: 'unix' } as Address },
  ])('carry datagrams with addresses over $name', ({ domain, address }) => {
    if (address.family === 'ipv6' && !hasIpv6Loopback()) {
      expect(bindFreshSocket(DGRAM, address)).toContain('no IPv6')
      return
    }
    const [a, b] = [newSocket(DGRAM, domain), newSocket(DGRAM, domain)]
    for (const fd of [a, b]) expect(bind(fd, address)).toBe(0)
    expect(sendto(a, bytesOf('ping'), undefined, undefined, 0, nameOf(b))).toBe(4)
    expect(readiness(b)).toBe(EpollFlag.IN)
    const sender = new SocketAddress()
    const buffer = new Uint8Array(8)
    expect(recvfrom(b, buffer, 2, 4, 0, sender)).toBe(4)
    expect(textOf(buffer)).toBe('\0\0ping\0\0')
    expect(sender.equals(nameOf(a))).toBe(true)
    expect(sendto(b, bytesOf('pong!'), 0, 4, 0, sender.toAddress())).toBe(4)
    expect(readiness(a)).toBe(EpollFlag.IN)
    expect(receive(a)).toBe('pong')
  })

  test('an empty datagram is a datagram', () => {
    const [a, b] = [udpSocket(), udpSocket()]
    expect(sendto(a, new Uint8Array(0), 0, 0, 0, nameOf(b))).toBe(0)
    expect(readiness(b)).toBe(EpollFlag.IN)
    const sender = new SocketAddress()
    expect(recvfrom(b, new Uint8Array(1), undefined, undefined, 0, sender)).toBe(0)
    expect(sender.equals(nameOf(a))).toBe(true)
  })

  test('on a stream there is no sender', () => {
    const [left, right] = unixPair()
    send(left, bytesOf('x'))
    const sender = new SocketAddress(loopback(1))
    expect(recvfrom(right, new Uint8Array(1), undefined, undefined, 0, sender)).toBe(1)
    expect(sender.length).toBe(0)
  })

  test('answer as the kernel does', () => {
    const udp = udpSocket()
    expect(
      sendto(udp, new Uint8Array(1), 0, 1, 0, { family: 'ipv6', address: '::1', port: 9 }),
    ).toBe(-Errno.EAFNOSUPPORT)
    expect(sendto(udp, new Uint8Array(65536), 0, 65536, 0, nameOf(udp))).toBe(-Errno.EMSGSIZE)
    expect(sendto(-1, new Uint8Array(1), 0, 1, 0, loopback(9))).toBe(-Errno.EBADF)
    expect(sendto(noSocket(), new Uint8Array(1), 0, 1, 0, loopback(9))).toBe(-Errno.ENOTSOCK)
    expect(sendto(udp, new Uint8Array(1), 0, 1, 0, loopback(0))).toBe(-Errno.EINVAL)
    expect(() => sendto(udp, new Uint8Array(1), 0, 2, 0, loopback(9))).toThrow(RangeError)
    expect(() => sendto(udp, new Uint8Array(1), 0, 1, 0, untyped(undefined))).toThrow(TypeError)
    const unix = newSocket(DGRAM, UNIX)
    const nobody: Address = { family: 'unix', abstract: 'rearm-nobody-listens-here' }
    expect(sendto(unix, new Uint8Array(1), 0, 1, 0, nobody)).toBe(-Errno.ECONNREFUSED)
  })
})
