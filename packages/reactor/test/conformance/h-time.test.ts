import { EventFd, TimerFd } from '@rearm/epoll-native'
import { describe, expect, test } from 'vitest'
import { Interest } from '../../src/index.js'
import { FakePoller } from '../../src/testing/index.js'
import { expectClean, manualReactor, owned } from '../descriptors.js'
import { pollUntil } from './support.js'

expectClean()

/** Milliseconds that `poll(timeoutMs)` of a reactor took, on which nothing is ready. */
function waited(timeoutMs: number): number {
  const reactor = manualReactor()
  const before = performance.now()
  expect(reactor.poll(timeoutMs)).toBe(0)
  return performance.now() - before
}

/** A timer that fires at once, and that has fired. */
function firedTimer(): TimerFd {
  const timer = new TimerFd()
  timer.set({ value: 0 })
  const reactor = manualReactor()
  reactor.register(timer.fd, Interest.READABLE, (_, self) => self.deregister())
  pollUntil(reactor, () => reactor.stats().registrations === 0)
  return timer
}

describe('time', () => {
  test('[H1] a poll of 0 ms looks at the kernel', () => {
    const reactor = manualReactor()
    const bell = owned(new EventFd().release())
    let told = 0
    reactor.register(bell, Interest.READABLE, () => told++)
    expect(reactor.poll(0)).toBe(0)
    EventFd.write(bell)
    expect(reactor.poll(0)).toBe(1)
    expect(told).toBe(1)
  })

  test.each([1, 3, 10, 31])('[H2] a wait of %i ms never ends early', (timeoutMs) => {
    for (let round = 0; round < 5; round++) {
      expect(waited(timeoutMs)).toBeGreaterThanOrEqual(timeoutMs)
    }
  })

  test.each([0.1, 0.5, 1.3, 3.1])('[H3] a wait of %f ms is rounded up', (timeoutMs) => {
    for (let round = 0; round < 5; round++) {
      expect(waited(timeoutMs)).toBeGreaterThanOrEqual(timeoutMs)
    }
  })

  test('[H3] what the kernel is asked to wait is what poll was given', () => {
    const kernel = new FakePoller()
    const reactor = manualReactor({ poller: kernel })
    kernel.open(7)
    const asked: number[] = []
    kernel.onWait = (timeoutMs) => asked.push(timeoutMs)
    const registration = reactor.register(7, Interest.READABLE, () => {})
    reactor.poll()
    reactor.poll(0)
    reactor.poll(12.5)
    reactor.poll(2 ** 40)
    // A turn that is due does not wait.
    registration.again()
    reactor.poll(-1)
    reactor.poll(-1)
    expect(asked).toEqual([-1, 0, 12.5, 2 ** 40, 0, -1])
  })

  test('[H3] a timer of the kernel’s is not early, to the nanosecond', () => {
    const reactor = manualReactor()
    using timer = new TimerFd()
    let fired = 0
    const registration = reactor.register(timer.fd, Interest.READABLE, () => fired++, {
      mode: 'edge',
    })
    const before = process.hrtime.bigint()
    timer.set({ value: 300_000n })
    pollUntil(reactor, () => fired === 1)
    expect(process.hrtime.bigint() - before).toBeGreaterThanOrEqual(300_000n)
    registration.deregister()
  })

  test('[H5] a timer that is removed in the batch in which it fired is not told', () => {
    const reactor = manualReactor()
    const timers = [firedTimer(), firedTimer()]
    let told = 0
    const registrations = timers.map((timer) =>
      reactor.register(timer.fd, Interest.READABLE, (_, self) => {
        told++
        for (const each of registrations) if (each !== self) each.deregister()
      }),
    )
    expect(reactor.poll(0)).toBe(1)
    expect(told).toBe(1)
    expect(reactor.stats()).toMatchObject({ events: 2, stale: 1, ghosts: 0 })
    reactor.close()
    for (const timer of timers) timer.close()
  })

  test('[H5] one that is only disarmed has nothing to read, and says so', () => {
    const reactor = manualReactor()
    const timers = [firedTimer(), firedTimer()]
    const reads: (bigint | undefined)[] = []
    for (const timer of timers) {
      reactor.register(timer.fd, Interest.READABLE, () => {
        reads.push(timer.read())
        for (const each of timers) each.disarm()
      })
    }
    expect(reactor.poll(0)).toBe(2)
    // timerfd_settime(2) is not the reactor's: its event was under way, and is a hint like any other.
    expect(reads).toEqual([1n, undefined])
    expect(reactor.poll(0)).toBe(0)
    reactor.close()
    for (const timer of timers) timer.close()
  })
})
