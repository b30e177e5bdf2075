import { describe, expect, test } from 'vitest'
import { EpollFlag, Errno, EventFd } from '../../src/index.js'
import { FcntlCommand, FdFlag, FileFlag, fcntl } from '../../src/io/index.js'
import {
  AddressFamily,
  accept4,
  getpeername,
  getSocketOption,
  getsockname,
  Protocol,
  recv,
  recvfrom,
  ShutdownMode,
  SocketAddress,
  SocketFlag,
  SocketOption,
  SocketType,
  send,
  shutdown,
  socket,
  socketpair,
} from '../../src/socket/index.js'
import { disposed, expectNoLeak, owned, readiness } from '../descriptors.js'
import {
  bytesOf,
  drain,
  listener,
  loopback,
  nameOf,
  newSocket,
  quietSocket,
  receive,
  tcpPair,
  textOf,
  udpSocket,
  unixPair,
} from '../sockets.js'
import { untyped } from '../untyped.js'

expectNoLeak()

const { INET, INET6, UNIX, NETLINK } = AddressFamily
const { STREAM, DGRAM, SEQPACKET } = SocketType
const noSocket = () => disposed(new EventFd()).fd

describe('socket and socketpair', () => {
  test('have the flags that are asked for', () => {
    const plain = owned(socket(INET, STREAM, 0))
    expect(fcntl(plain, FcntlCommand.GETFD)).toBe(0)
    expect(fcntl(plain, FcntlCommand.GETFL) & FileFlag.NONBLOCK).toBe(0)
    const quiet = owned(socket(INET, STREAM | quietSocket, Protocol.TCP))
    expect(fcntl(quiet, FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
    expect(fcntl(quiet, FcntlCommand.GETFL) & FileFlag.NONBLOCK).toBe(FileFlag.NONBLOCK)
    const pair = new Int32Array(2)
    expect(socketpair(UNIX, SEQPACKET | SocketFlag.CLOEXEC, 0, pair)).toBe(0)
    for (const fd of pair) {
      expect(fcntl(owned(fd), FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
      expect(fcntl(fd, FcntlCommand.GETFL) & FileFlag.NONBLOCK).toBe(0)
    }
  })

  test('are of the family, type and protocol that are asked for', () => {
    for (const [domain, type, protocol, answer] of [
      [INET, STREAM, 0, Protocol.TCP],
      [INET6, DGRAM, 0, Protocol.UDP],
      [INET, DGRAM, Protocol.UDP, Protocol.UDP],
      [UNIX, SEQPACKET, 0, 0],
      [NETLINK, SocketType.RAW, Protocol.NETLINK_ROUTE, 0],
    ] as const) {
      const fd = newSocket(type, domain, protocol)
      expect(getSocketOption(fd, SocketOption.DOMAIN)).toBe(domain)
      expect(getSocketOption(fd, SocketOption.TYPE)).toBe(type)
      expect(getSocketOption(fd, SocketOption.PROTOCOL)).toBe(answer)
    }
  })

  test('answer as the kernel does', () => {
    const pair = new Int32Array(2)
    expect(socket(9999, STREAM, 0)).toBe(-Errno.EAFNOSUPPORT)
    expect(socket(INET, 99, 0)).toBe(-Errno.EINVAL)
    expect(socket(INET, STREAM, Protocol.UDP)).toBe(-Errno.EPROTONOSUPPORT)
    expect(socketpair(INET, STREAM, 0, pair)).toBe(-Errno.EOPNOTSUPP)
    expect(socketpair(UNIX, 99, 0, pair)).toBe(-Errno.EINVAL)
  })

  test('refuse wrong arguments', () => {
    expect(() => socket(0.5, STREAM, 0)).toThrow(RangeError)
    expect(() => socket(INET, 2 ** 32, 0)).toThrow(RangeError)
    expect(() => socket(INET, STREAM, untyped(undefined))).toThrow(TypeError)
    expect(() => socketpair(UNIX, STREAM, 0, new Int32Array(1))).toThrow(RangeError)
    expect(() => socketpair(UNIX, STREAM, 0, untyped([0, 0]))).toThrow(TypeError)
  })
})

describe('getsockname and getpeername', () => {
  test('spell the two ends', () => {
    const { client, server } = tcpPair()
    const peer = new SocketAddress()
    expect(getpeername(server, peer)).toBe(0)
    expect(peer.toAddress()).toEqual(nameOf(client).toAddress())
    expect(peer.toAddress()).toMatchObject({ family: 'ipv4', address: '127.0.0.1' })
  })

  test('answer as the kernel does, and leave the address as it was', () => {
    const address = new SocketAddress(loopback(7))
    expect(getpeername(listener(), address)).toBe(-Errno.ENOTCONN)
    expect(getsockname(-1, address)).toBe(-Errno.EBADF)
    expect(getpeername(-1, address)).toBe(-Errno.EBADF)
    expect(getsockname(noSocket(), address)).toBe(-Errno.ENOTSOCK)
    expect(accept4(listener(), 0, address)).toBe(-Errno.EAGAIN)
    expect(recvfrom(udpSocket(), new Uint8Array(1), 0, 1, 0, address)).toBe(-Errno.EAGAIN)
    expect(address.toAddress()).toEqual(loopback(7))
  })

  test('a socket that is not bound has a name of zeros', () => {
    expect(nameOf(newSocket(STREAM)).toAddress()).toEqual({
      family: 'ipv4',
      address: '0.0.0.0',
      port: 0,
    })
    expect(nameOf(newSocket(STREAM, INET6)).toAddress()).toMatchObject({ address: '::', port: 0 })
    expect(nameOf(newSocket(STREAM, UNIX)).toAddress()).toEqual({ family: 'unix' })
  })
})

describe('shutdown', () => {
  test('WRITE ends what the peer reads, READ what is read here', () => {
    const [left, right] = unixPair()
    send(left, bytesOf('last'))
    expect(shutdown(left, ShutdownMode.WRITE)).toBe(0)
    expect(textOf(drain(right))).toBe('last')
    expect(recv(right, new Uint8Array(1))).toBe(0)
    expect(send(left, new Uint8Array(1))).toBe(-Errno.EPIPE)
    expect(send(right, bytesOf('x'))).toBe(1)
    expect(receive(left)).toBe('x')
    expect(shutdown(left, ShutdownMode.READ)).toBe(0)
    expect(recv(left, new Uint8Array(1))).toBe(0)
  })

  test('BOTH ends both', () => {
    const { client, server } = tcpPair()
    expect(shutdown(client, ShutdownMode.BOTH)).toBe(0)
    expect(readiness(server, EpollFlag.RDHUP) & EpollFlag.RDHUP).toBe(EpollFlag.RDHUP)
    expect(recv(server, new Uint8Array(1))).toBe(0)
  })

  test('answers as the kernel does', () => {
    const [fd] = unixPair()
    expect(shutdown(fd, 3)).toBe(-Errno.EINVAL)
    expect(shutdown(-1, ShutdownMode.BOTH)).toBe(-Errno.EBADF)
    expect(shutdown(noSocket(), ShutdownMode.BOTH)).toBe(-Errno.ENOTSOCK)
    expect(shutdown(newSocket(STREAM), ShutdownMode.BOTH)).toBe(-Errno.ENOTCONN)
    expect(() => shutdown(fd, 0.5)).toThrow(RangeError)
    expect(() => shutdown(fd, untyped('WRITE'))).toThrow(TypeError)
  })
})
