import { expect } from 'vitest'
import { DescriptorFlag, EpollFlag, Errno } from '../src/index.js'
import { pipe2, read, write } from '../src/io/index.js'
import {
  type Address,
  AddressFamily,
  accept4,
  bind,
  connect,
  getsockname,
  listen,
  recv,
  SocketAddress,
  SocketFlag,
  SocketOption,
  SocketType,
  setSocketOption,
  socket,
  socketpair,
} from '../src/socket/index.js'
import { owned, readiness } from './descriptors.js'

export const quietSocket = SocketFlag.NONBLOCK | SocketFlag.CLOEXEC

/** The IPv4 loopback address; port 0: the kernel picks one. */
export function loopback(port = 0): Address {
  return { family: 'ipv4', address: '127.0.0.1', port }
}

/** A new socket that never blocks, closed when the test ends. */
export function newSocket(type: number, domain: number = AddressFamily.INET, protocol = 0): number {
  return owned(socket(domain, type | quietSocket, protocol))
}

export function nameOf(fd: number): SocketAddress {
  const name = new SocketAddress()
  expect(getsockname(fd, name)).toBe(0)
  return name
}

/** What a machine without `::1` says of it. */
export function bindFreshSocket(type: number, address: Address): string {
  const fd = socket(AddressFamily.INET6, type, 0)
  if (fd === -Errno.EAFNOSUPPORT) return 'no IPv6 at all'
  return bind(owned(fd), address) === -Errno.EADDRNOTAVAIL ? 'no IPv6 address' : 'bound'
}

/** A TCP socket that listens on a free port of the loopback interface. */
export function listener(backlog = 64, reusePort = false, address = loopback()): number {
  const fd = newSocket(SocketType.STREAM)
  if (reusePort) setSocketOption(fd, SocketOption.REUSEPORT, true)
  expect(bind(fd, address)).toBe(0)
  expect(listen(fd, backlog)).toBe(0)
  return fd
}

/** A TCP socket that holds a port without listening: whoever connects to it is refused. */
export function refusing(): number {
  const fd = newSocket(SocketType.STREAM)
  expect(bind(fd, loopback())).toBe(0)
  return fd
}

/** Begins a connection to `listening` and waits until it stands. */
export function connectTo(listening: number): number {
  const fd = newSocket(SocketType.STREAM)
  expect([0, -Errno.EINPROGRESS]).toContain(connect(fd, nameOf(listening)))
  expect(readiness(fd, EpollFlag.OUT)).toBe(EpollFlag.OUT)
  return fd
}

/** Waits for a connection and takes it. */
export function acceptFrom(listening: number): number {
  expect(readiness(listening)).toBe(EpollFlag.IN)
  return owned(accept4(listening, quietSocket))
}

/** The two ends of a TCP connection over the loopback interface. */
export function tcpPair(): { readonly client: number; readonly server: number } {
  const listening = listener()
  const client = connectTo(listening)
  return { client, server: acceptFrom(listening) }
}

/** A connected pair of Unix sockets. */
export function unixPair(type: number = SocketType.STREAM): [number, number] {
  const pair = new Int32Array(2)
  expect(socketpair(AddressFamily.UNIX, type | quietSocket, 0, pair)).toBe(0)
  return [owned(pair[0] ?? -1), owned(pair[1] ?? -1)]
}

/** A UDP socket on a free port of the loopback interface. */
export function udpSocket(): number {
  const fd = newSocket(SocketType.DGRAM)
  expect(bind(fd, loopback())).toBe(0)
  return fd
}

/** A pipe that never blocks: [read end, write end]. */
export function pipe(flags: number = DescriptorFlag.NONBLOCK): [number, number] {
  const pair = new Int32Array(2)
  expect(pipe2(pair, flags | DescriptorFlag.CLOEXEC)).toBe(0)
  return [owned(pair[0] ?? -1), owned(pair[1] ?? -1)]
}

/** Writes until the kernel takes no more; returns the bytes that it took. */
export function fill(fd: number): number {
  const chunk = new Uint8Array(65536)
  let total = 0
  for (;;) {
    const taken = write(fd, chunk)
    if (taken === -Errno.EAGAIN) return total
    expect(taken).toBeGreaterThan(0)
    total += taken
  }
}

/** Reads until nothing is left; returns the bytes. */
export function drain(fd: number): Uint8Array {
  const chunk = new Uint8Array(65536)
  const parts: Uint8Array[] = []
  for (;;) {
    const count = read(fd, chunk)
    if (count === 0 || count === -Errno.EAGAIN) return Buffer.concat(parts)
    expect(count).toBeGreaterThan(0)
    parts.push(chunk.slice(0, count))
  }
}

/** Takes what has arrived, at most 64 bytes of it, as text. */
export function receive(fd: number, flags = 0): string {
  const buffer = new Uint8Array(64)
  const count = recv(fd, buffer, undefined, undefined, flags)
  expect(count).toBeGreaterThanOrEqual(0)
  return textOf(buffer.subarray(0, count))
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
