import { Epoll, EpollEvents, EpollFlag, Errno } from '@rearm/epoll-native'
import { close, DescriptorFlag, dup3 } from '@rearm/epoll-native/io'
import {
  AddressFamily,
  accept4,
  bind,
  connect,
  getSocketOption,
  getsockname,
  listen,
  SocketAddress,
  SocketFlag,
  SocketOption,
  SocketType,
  setSocketOption,
  socket,
} from '@rearm/epoll-native/socket'
import { expect } from 'vitest'
import type { Reactor } from '../../src/index.js'
import { SlotTable } from '../../src/loan/slot-table.js'
import { owned, receive } from '../descriptors.js'

const quiet = SocketFlag.NONBLOCK | SocketFlag.CLOEXEC

/** How long a test waits before it says that its condition never came (ms). */
const patience = 50_000

/** Polls until `done`. */
export function pollUntil(reactor: Reactor, done: () => boolean): void {
  const deadline = performance.now() + patience
  while (!done()) {
    if (performance.now() > deadline) throw new Error(`never came true: ${done}`)
    reactor.poll(1000)
  }
}

/** Lets the event loop turn until `done`. */
export async function turnsUntil(done: () => boolean): Promise<void> {
  const deadline = performance.now() + patience
  while (!done()) {
    if (performance.now() > deadline) throw new Error(`never came true: ${done}`)
    await new Promise(setImmediate)
  }
}

/** Polls `turns` times without waiting, and returns how many handlers were called. */
export function pollTimes(reactor: Reactor, turns: number): number {
  let called = 0
  for (let turn = 0; turn < turns; turn++) called += reactor.poll(0)
  return called
}

/** The epoll's number, which the reactor itself tells nobody but its borrowers. */
export function epfdOf(reactor: Reactor): number {
  return SlotTable.attach(reactor.share()).epfd
}

export function tableOf(reactor: Reactor): SlotTable {
  return SlotTable.attach(reactor.share())
}

/** A TCP socket that is neither bound nor connected. */
export function tcpSocket(): number {
  const fd = socket(AddressFamily.INET, SocketType.STREAM | quiet, 0)
  expect(fd).toBeGreaterThanOrEqual(0)
  return fd
}

export interface Listener {
  readonly fd: number
  readonly address: SocketAddress
}

/** Listens on a free port of the loopback; with `address`, on that one, beside others (SO_REUSEPORT). */
export function tcpListener({ address }: { address?: SocketAddress } = {}): Listener {
  const fd = owned(tcpSocket())
  setSocketOption(fd, SocketOption.REUSEPORT, true)
  const wanted = address ?? new SocketAddress({ family: 'ipv4', address: '127.0.0.1', port: 0 })
  expect(bind(fd, wanted)).toBe(0)
  expect(listen(fd, 1024)).toBe(0)
  const bound = new SocketAddress()
  expect(getsockname(fd, bound)).toBeGreaterThanOrEqual(0)
  return { fd, address: bound }
}

/** Waits, blocking this thread, until the kernel has one of `flags` for `fd`: over loopback, too, that may take a moment. */
function blockUntil(fd: number, flags: number): void {
  using epoll = new Epoll()
  epoll.add(fd, flags)
  expect(epoll.wait(new EpollEvents(1), patience)).toBe(1)
}

/** Connects; the socket is non-blocking. */
export function tcpConnect(address: SocketAddress): number {
  const fd = owned(tcpSocket())
  expect([0, -Errno.EINPROGRESS]).toContain(connect(fd, address))
  blockUntil(fd, EpollFlag.OUT)
  return fd
}

/** Waits until there is something to read, or the end, and leaves it there. */
export function arrived(fd: number): void {
  blockUntil(fd, EpollFlag.IN)
}

/** Waits for something to read, and takes it. */
export function received(fd: number): string {
  arrived(fd)
  return receive(fd)
}

/** Waits until so many connections can be accepted from these listeners. */
export function backlogged(count: number, ...listeners: readonly number[]): void {
  const deadline = performance.now() + patience
  while (listeners.reduce((sum, listener) => sum + backlogOf(listener), 0) !== count) {
    if (performance.now() > deadline) throw new Error(`never ${count} connections to accept`)
  }
}

/** How many connections can be accepted. */
export function backlogOf(listener: number): number {
  // Of a listener the kernel tells this there.
  return getSocketOption(listener, SocketOption.TCP_INFO).unacked
}

/** Accepts one connection, or returns `-errno`. */
export function accept(listener: number): number {
  const fd = accept4(listener, quiet)
  return fd < 0 ? fd : owned(fd)
}

/** Two connected TCP sockets: [the one that connected, the one that was accepted]. */
export function tcpPair(): [number, number] {
  const { fd, address } = tcpListener()
  const client = tcpConnect(address)
  const deadline = performance.now() + patience
  for (;;) {
    const server = accept(fd)
    if (server >= 0) {
      close(fd)
      return [client, server]
    }
    if (performance.now() > deadline) throw new Error('the connection never came')
  }
}

/** Gives what `fd` stands for the number `wanted` too, which is free, as if the kernel had picked it. */
export function takeNumber(wanted: number, fd: number): number {
  expect(dup3(fd, wanted, DescriptorFlag.CLOEXEC)).toBe(wanted)
  return owned(wanted)
}
