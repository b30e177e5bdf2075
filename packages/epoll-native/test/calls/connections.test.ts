import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EpollFlag, Errno, EventFd } from '../../src/index.js'
import { close, FcntlCommand, FdFlag, FileFlag, fcntl } from '../../src/io/index.js'
import {
  AddressFamily,
  accept4,
  bind,
  connect,
  getpeername,
  getsockname,
  listen,
  Protocol,
  recvfrom,
  SocketAddress,
  SocketType,
  send,
  sendto,
} from '../../src/socket/index.js'
import { hasIpv6Loopback } from '../capabilities.js'
import { disposed, expectNoLeak, owned, readiness } from '../descriptors.js'
import { scratchDirectory } from '../files.js'
import {
  acceptFrom,
  bindFreshSocket,
  bytesOf,
  connectTo,
  listener,
  loopback,
  nameOf,
  newSocket,
  quietSocket,
  receive,
  tcpPair,
  udpSocket,
} from '../sockets.js'
import { untyped } from '../untyped.js'

expectNoLeak()

const directory = scratchDirectory()

const { INET, INET6, UNIX, NETLINK } = AddressFamily
const { STREAM, DGRAM } = SocketType
const noSocket = () => disposed(new EventFd()).fd

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

test('connections wait in the backlog in their order', () => {
  const listening = listener()
  const clients = Array.from({ length: 5 }, () => connectTo(listening))
  const peer = new SocketAddress()
  for (const client of clients) {
    expect(getpeername(acceptFrom(listening), peer)).toBe(0)
    expect(peer.equals(nameOf(client))).toBe(true)
  }
})
