import { readdirSync, readlinkSync } from 'node:fs'
import { afterEach, beforeEach, expect } from 'vitest'
import { Epoll, EpollEvents, EpollFlag } from '../src/index.js'
import { close } from '../src/io/index.js'

/** The open descriptors of this process, as `number → what it is`. */
export function openDescriptors(): Map<number, string> {
  const open = new Map<number, string>()
  for (const entry of readdirSync('/proc/self/fd')) {
    try {
      open.set(Number(entry), readlinkSync(`/proc/self/fd/${entry}`))
    } catch {
      // The descriptor with which the directory was read; it is closed by now.
    }
  }
  return open
}

const cleanups: (() => void)[] = []

/** Closes `fd` when the test ends, unless the test did. */
export function owned(fd: number): number {
  expect(fd).toBeGreaterThanOrEqual(0)
  cleanups.push(() => close(fd))
  return fd
}

/** Disposes of `object` when the test ends. */
export function disposed<T extends Disposable>(object: T): T {
  cleanups.push(() => object[Symbol.dispose]())
  return object
}

/** Every test of a file that calls this must leave as many descriptors open as it found. */
export function expectNoLeak(): void {
  let before: Map<number, string>
  beforeEach(() => {
    before = openDescriptors()
  })
  afterEach(() => {
    while (cleanups.length > 0) cleanups.pop()?.()
    expect([...openDescriptors().keys()]).toEqual([...before.keys()])
  })
}

/** Waits, without blocking the event loop's work, until `fd` has one of `flags`; returns what it has. */
export function readiness(fd: number, flags: number = EpollFlag.IN, timeoutMs = 30_000): number {
  using epoll = new Epoll()
  const events = new EpollEvents(1)
  epoll.add(fd, flags)
  return epoll.wait(events, timeoutMs) === 0 ? 0 : events.flags(0)
}
