import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EpollFlag, Errno, EventFd } from '../../src/index.js'
import { close, FcntlCommand, FdFlag, FileFlag, fcntl, IoBuffer } from '../../src/io/index.js'
import {
  type Address,
  AddressFamily,
  accept4,
  bind,
  connect,
  getpeername,
  getSocketOption,
  getsockname,
  listen,
  MessageFlag,
  Protocol,
  recv,
  recvfrom,
  ShutdownMode,
  SocketAddress,
  SocketFlag,
  SocketOption,
  SocketType,
  send,
  sendto,
  shutdown,
  socket,
  socketpair,
} from '../../src/socket/index.js'
import { hasIpv6Loopback } from '../capabilities.js'
import { disposed, expectNoLeak, owned, readiness } from '../descriptors.js'
import {
  acceptFrom,
  bytesOf,
  connectTo,
  drain,
  fill,
  listener,
  loopback,
  nameOf,
  newSocket,
  quietSocket,
  tcpPair,
  textOf,
  udpSocket,
  unixPair,
} from '../sockets.js'
import { untyped } from '../untyped.js'

expectNoLeak()

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'rearm-socket-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

const { INET, INET6, UNIX, NETLINK } = AddressFamily
const { STREAM, DGRAM, SEQPACKET } = SocketType
const noSocket = () => disposed(new EventFd()).fd
const receive = (fd: number, flags = 0): string => {
  const buffer = new Uint8Array(64)
  const count = recv(fd, buffer, undefined, undefined, flags)
  expect(count).toBeGreaterThanOrEqual(0)
  return textOf(buffer.subarray(0, count))
}

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

/** What a machine without `::1` says of it. */
function bindFreshSocket(type: number, address: Address): string {
  const fd = socket(INET6, type, 0)
  if (fd === -Errno.EAFNOSUPPORT) return 'no IPv6 at all'
  return bind(owned(fd), address) === -Errno.EADDRNOTAVAIL ? 'no IPv6 address' : 'bound'
}

describe('bind, listen, connect, accept4', () => {
  test.each([
    { name: 'IPv4', domain: INET, address: loopback() },
    { name: 'IPv6', domain: INET6, address: { family: 'ipv6', address: '::1', port: 0 } as const },
    {
      name: 'an abstract name',
      domain: UNIX,
      address: { family: 'unix', abstract: `rearm-${process.pid}` } as const,
    },
  ])('carry a connection over $name', ({ domain, address }) => {
    if (address.family === 'ipv6' && !hasIpv6Loopback()) {
      expect(bindFreshSocket(STREAM, address)).toContain('no IPv6')
      return
    }
    const listening = newSocket(STREAM, domain)
    expect(bind(listening, address)).toBe(0)
    expect(listen(listening, 8)).toBe(0)
    const client = newSocket(STREAM, domain)
    expect([0, -Errno.EINPROGRESS]).toContain(connect(client, nameOf(listening)))
    expect(readiness(client, EpollFlag.OUT)).toBe(EpollFlag.OUT)
    expect(readiness(listening)).toBe(EpollFlag.IN)
    const peer = new SocketAddress()
    const server = owned(accept4(listening, quietSocket, peer))
    expect(fcntl(server, FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
    expect(peer.equals(nameOf(client))).toBe(true)
    const seen = new SocketAddress()
    expect(getpeername(client, seen)).toBe(0)
    expect(seen.equals(nameOf(listening))).toBe(true)
    expect(send(client, bytesOf('hi'))).toBe(2)
    expect(readiness(server)).toBe(EpollFlag.IN)
    expect(receive(server)).toBe('hi')
  })

  test('a path is a file, which stays after the socket', () => {
    const path = join(directory, 'listener')
    const listening = newSocket(STREAM, UNIX)
    expect(bind(listening, { family: 'unix', path })).toBe(0)
    expect(listen(listening, 1)).toBe(0)
    expect(nameOf(listening).toAddress()).toEqual({ family: 'unix', path })
    const client = newSocket(STREAM, UNIX)
    expect(connect(client, { family: 'unix', path: bytesOf(path) })).toBe(0)
    const peer = new SocketAddress()
    owned(accept4(listening, quietSocket, peer))
    expect(peer.toAddress()).toEqual({ family: 'unix' })
    close(listening)
    expect(bind(newSocket(STREAM, UNIX), { family: 'unix', path })).toBe(-Errno.EADDRINUSE)
    expect(connect(newSocket(STREAM, UNIX), { family: 'unix', path })).toBe(-Errno.ECONNREFUSED)
  })

  test('a path of 107 bytes fits', () => {
    const path = `${directory}/${'p'.repeat(106 - directory.length)}`
    expect(path.length).toBe(107)
    const fd = newSocket(DGRAM, UNIX)
    expect(bind(fd, { family: 'unix', path })).toBe(0)
    expect(nameOf(fd).toAddress()).toEqual({ family: 'unix', path })
    expect(() => bind(fd, { family: 'unix', path: `${path}x` })).toThrow(RangeError)
  })

  test('an unnamed unix address binds to a name that the kernel picks', () => {
    const fd = newSocket(DGRAM, UNIX)
    expect(bind(fd, { family: 'unix' })).toBe(0)
    expect(nameOf(fd).toAddress()).toEqual({
      family: 'unix',
      abstract: expect.stringMatching(/^[0-9a-f]{5}$/),
    })
  })

  test('netlink: the kernel answers from pid 0', () => {
    const fd = newSocket(SocketType.RAW, NETLINK, Protocol.NETLINK_ROUTE)
    expect(bind(fd, { family: 'netlink', pid: 0, groups: 0 })).toBe(0)
    const name = nameOf(fd).toAddress()
    expect(name).toMatchObject({ family: 'netlink', groups: 0 })
    // RTM_GETLINK (18) with NLM_F_REQUEST | NLM_F_DUMP: header of 16 bytes, then struct rtgenmsg.
    const request = new Uint8Array(20)
    const view = new DataView(request.buffer)
    const little = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
    view.setUint32(0, 17, little)
    view.setUint16(4, 18, little)
    view.setUint16(6, 0x301, little)
    expect(sendto(fd, request, 0, 20, 0, { family: 'netlink', pid: 0, groups: 0 })).toBe(20)
    expect(readiness(fd)).toBe(EpollFlag.IN)
    const sender = new SocketAddress()
    const answer = new Uint8Array(65536)
    expect(recvfrom(fd, answer, undefined, undefined, 0, sender)).toBeGreaterThan(16)
    expect(sender.toAddress()).toEqual({ family: 'netlink', pid: 0, groups: 0 })
    // RTM_NEWLINK
    expect(new DataView(answer.buffer).getUint16(4, little)).toBe(16)
  })

  test('accept4 without a waiting connection is -EAGAIN', () => {
    const listening = listener()
    expect(accept4(listening, 0)).toBe(-Errno.EAGAIN)
    expect(accept4(listening, 0, new SocketAddress())).toBe(-Errno.EAGAIN)
  })

  test('a socket accepted without flags has none', () => {
    const listening = listener()
    connectTo(listening)
    expect(readiness(listening)).toBe(EpollFlag.IN)
    const server = owned(accept4(listening, 0))
    expect(fcntl(server, FcntlCommand.GETFD)).toBe(0)
    expect(fcntl(server, FcntlCommand.GETFL) & FileFlag.NONBLOCK).toBe(0)
  })

  test('answer as the kernel does', () => {
    const listening = listener()
    const taken = nameOf(listening)
    const fd = newSocket(STREAM)
    expect(bind(fd, taken)).toBe(-Errno.EADDRINUSE)
    expect(bind(fd, { family: 'ipv4', address: '192.0.2.1', port: 0 })).toBe(-Errno.EADDRNOTAVAIL)
    expect(bind(fd, { family: 'ipv6', address: '::1', port: 0 })).toBe(-Errno.EAFNOSUPPORT)
    expect(bind(-1, loopback())).toBe(-Errno.EBADF)
    expect(bind(noSocket(), loopback())).toBe(-Errno.ENOTSOCK)
    expect(listen(-1, 1)).toBe(-Errno.EBADF)
    expect(listen(noSocket(), 1)).toBe(-Errno.ENOTSOCK)
    expect(listen(udpSocket(), 1)).toBe(-Errno.EOPNOTSUPP)
    expect(accept4(-1, 0)).toBe(-Errno.EBADF)
    expect(accept4(fd, 0)).toBe(-Errno.EINVAL)
    expect(accept4(listening, 1)).toBe(-Errno.EINVAL)
    expect(accept4(noSocket(), 0)).toBe(-Errno.ENOTSOCK)
    expect(connect(-1, taken)).toBe(-Errno.EBADF)
    expect(connect(noSocket(), taken)).toBe(-Errno.ENOTSOCK)
    expect(connect(fd, { family: 'unix', path: '/longer/than/sockaddr_in' })).toBe(
      -Errno.EAFNOSUPPORT,
    )
    expect(connect(newSocket(STREAM, UNIX), { family: 'unix', path: '/no/such' })).toBe(
      -Errno.ENOENT,
    )
    const { client } = tcpPair()
    // The first call after the connection stands says so, the next that it stood already.
    expect([0, -Errno.EISCONN]).toContain(connect(client, taken))
    expect(connect(client, taken)).toBe(-Errno.EISCONN)
  })

  test('refuse wrong arguments', () => {
    const fd = newSocket(STREAM)
    for (const address of [undefined, null, 1, '127.0.0.1', {}, { family: 'ipv5' }, []]) {
      expect(() => bind(fd, untyped(address))).toThrow(TypeError)
      expect(() => connect(fd, untyped(address))).toThrow(TypeError)
    }
    expect(() => bind(0.5, loopback())).toThrow(RangeError)
    expect(() => listen(fd, 0.5)).toThrow(RangeError)
    expect(() => listen(fd, untyped('1'))).toThrow(TypeError)
    for (const peer of [null, {}, loopback(), new Uint8Array(132)]) {
      expect(() => accept4(fd, 0, untyped(peer))).toThrow(TypeError)
      expect(() => getsockname(fd, untyped(peer))).toThrow(TypeError)
      expect(() => getpeername(fd, untyped(peer))).toThrow(TypeError)
      expect(() => recvfrom(fd, new Uint8Array(1), 0, 1, 0, untyped(peer))).toThrow(TypeError)
    }
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

test('connections wait in the backlog in their order', () => {
  const listening = listener()
  const clients = Array.from({ length: 5 }, () => connectTo(listening))
  const peer = new SocketAddress()
  for (const client of clients) {
    expect(getpeername(acceptFrom(listening), peer)).toBe(0)
    expect(peer.equals(nameOf(client))).toBe(true)
  }
})
