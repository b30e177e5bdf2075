import { readdirSync } from 'node:fs'
import { close, DescriptorFlag, pipe2, read, write } from '@rearm/epoll-native/io'
import { AddressFamily, SocketFlag, SocketType, socketpair } from '@rearm/epoll-native/socket'
import { afterEach, beforeEach, expect } from 'vitest'
import { Reactor, type ReactorOptions } from '../src/index.js'

const cleanups: (() => void)[] = []
const reactors: Reactor[] = []

function openDescriptors(): string[] {
  return readdirSync('/proc/self/fd').sort()
}

/** Every test of a file that calls this ends with empty audits and as many open descriptors as at its beginning. */
export function expectClean(): void {
  let before: string[]
  beforeEach(() => {
    before = openDescriptors()
  })
  afterEach(() => {
    for (const reactor of reactors.splice(0)) {
      if (reactor.closed) continue
      expect(reactor.audit()).toMatchObject({ missing: [], ghosts: [], wrong: [], empty: true })
      reactor.close()
    }
    for (const cleanup of cleanups.splice(0).reverse()) cleanup()
    expect(openDescriptors()).toEqual(before)
  })
}

/** A reactor that is polled by hand, audited and closed when the test ends. */
export function manualReactor(options: ReactorOptions = {}): Reactor {
  const reactor = new Reactor({ loop: 'manual', ...options })
  reactors.push(reactor)
  return reactor
}

/** Closes `fd` when the test ends, unless something else did. */
export function owned(fd: number): number {
  cleanups.push(() => close(fd))
  return fd
}

/** Two connected stream sockets. */
export function pair(): [number, number] {
  const fds = new Int32Array(2)
  const type = SocketType.STREAM | SocketFlag.NONBLOCK | SocketFlag.CLOEXEC
  expect(socketpair(AddressFamily.UNIX, type, 0, fds)).toBe(0)
  const [a = -1, b = -1] = fds
  return [owned(a), owned(b)]
}

/** [read end, write end] */
export function pipe(): [number, number] {
  const fds = new Int32Array(2)
  expect(pipe2(fds, DescriptorFlag.NONBLOCK | DescriptorFlag.CLOEXEC)).toBe(0)
  const [readEnd = -1, writeEnd = -1] = fds
  return [owned(readEnd), owned(writeEnd)]
}

export function send(fd: number, text: string): void {
  expect(write(fd, Buffer.from(text))).toBe(text.length)
}

/** Reads what is there, up to `most` bytes. */
export function receive(fd: number, most = 65536): string {
  const buffer = Buffer.alloc(most)
  const count = read(fd, buffer)
  return count < 0 ? `errno ${-count}` : buffer.toString('utf8', 0, count)
}
