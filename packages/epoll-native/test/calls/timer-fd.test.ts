import { describe, expect, test } from 'vitest'
import {
  Clock,
  DescriptorFlag,
  Epoll,
  EpollFlag,
  Errno,
  TimerFd,
  TimerFlag,
  timerfdCreate,
  timerfdGettime,
  timerfdSettime,
} from '../../src/index.js'
import { FcntlCommand, FdFlag, FileFlag, fcntl, read, write } from '../../src/io/index.js'
import { nextBatch } from '../batches.js'
import { Capability, capable } from '../capabilities.js'
import { disposed, expectNoLeak, owned, readiness } from '../descriptors.js'
import { untyped } from '../untyped.js'

expectNoLeak()

const second = 1_000_000_000n
const quiet = DescriptorFlag.NONBLOCK | DescriptorFlag.CLOEXEC
const newTimer = () => owned(timerfdCreate(Clock.MONOTONIC, quiet))

describe('timerfdCreate', () => {
  test('makes a timer on each clock', () => {
    for (const clock of [Clock.REALTIME, Clock.MONOTONIC, Clock.BOOTTIME])
      owned(timerfdCreate(clock, 0))
    for (const clock of [Clock.REALTIME_ALARM, Clock.BOOTTIME_ALARM]) {
      const answer = timerfdCreate(clock, 0)
      if (capable(Capability.WAKE_ALARM)) owned(answer)
      else expect(answer).toBe(-Errno.EPERM)
    }
  })

  test('an unknown clock or flag is -EINVAL', () => {
    expect(timerfdCreate(2, 0)).toBe(-Errno.EINVAL)
    expect(timerfdCreate(-1, 0)).toBe(-Errno.EINVAL)
    expect(timerfdCreate(Clock.MONOTONIC, 1)).toBe(-Errno.EINVAL)
  })

  test('wrong arguments are refused', () => {
    expect(() => timerfdCreate(0.5, 0)).toThrow(RangeError)
    expect(() => timerfdCreate(Clock.MONOTONIC, 2 ** 31)).toThrow(RangeError)
    expect(() => timerfdCreate(untyped('1'), 0)).toThrow(TypeError)
  })
})

describe('timerfdSettime and timerfdGettime', () => {
  test('arm, ask and disarm', () => {
    const fd = newTimer()
    const setting = new Float64Array(4)
    expect(timerfdSettime(fd, 0, 1000, 0, 7, 500_000_000)).toBe(0)
    expect(timerfdGettime(fd, setting)).toBe(0)
    const [seconds = 0, nanoseconds = 0, intervalSeconds, intervalNanoseconds] = setting
    expect(seconds).toBeLessThanOrEqual(1000)
    expect(seconds + nanoseconds).toBeGreaterThan(0)
    expect([intervalSeconds, intervalNanoseconds]).toEqual([7, 500_000_000])
    expect(timerfdSettime(fd, 0, 0, 0, 0, 0)).toBe(0)
    expect(timerfdGettime(fd, setting)).toBe(0)
    expect([...setting]).toEqual([0, 0, 0, 0])
  })

  test('answer as the kernel does', () => {
    const setting = new Float64Array(4)
    expect(timerfdSettime(-1, 0, 1, 0, 0, 0)).toBe(-Errno.EBADF)
    expect(timerfdGettime(-1, setting)).toBe(-Errno.EBADF)
    const epoll = disposed(new Epoll())
    expect(timerfdSettime(epoll.fd, 0, 1, 0, 0, 0)).toBe(-Errno.EINVAL)
    expect(timerfdGettime(epoll.fd, setting)).toBe(-Errno.EINVAL)
    expect(timerfdSettime(newTimer(), 4, 1, 0, 0, 0)).toBe(-Errno.EINVAL)
  })

  test('refuse times that no timespec holds, and an array that is too short', () => {
    const fd = newTimer()
    expect(() => timerfdSettime(fd, 0, -1, 0, 0, 0)).toThrow(RangeError)
    expect(() => timerfdSettime(fd, 0, 0, 1_000_000_000, 0, 0)).toThrow(RangeError)
    expect(() => timerfdSettime(fd, 0, 0, 0, 0.5, 0)).toThrow(RangeError)
    expect(() => timerfdSettime(fd, 0, 0, 0, 0, -1)).toThrow(RangeError)
    expect(() => timerfdSettime(fd, 0, 2 ** 53, 0, 0, 0)).toThrow(RangeError)
    expect(() => timerfdSettime(fd, 0, untyped(1n), 0, 0, 0)).toThrow(TypeError)
    expect(() => timerfdGettime(fd, new Float64Array(3))).toThrow(RangeError)
    expect(() => timerfdGettime(fd, untyped([0, 0, 0, 0]))).toThrow(TypeError)
  })
})

describe('TimerFd', () => {
  test('is CLOEXEC and NONBLOCK', () => {
    const timer = disposed(new TimerFd())
    expect(fcntl(timer.fd, FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
    expect(fcntl(timer.fd, FcntlCommand.GETFL)).toBe(FileFlag.NONBLOCK | 2)
  })

  test('[H2] fires never early, and counts its expirations', () => {
    const timer = disposed(new TimerFd())
    expect(timer.read()).toBeUndefined()
    for (const value of [1_000n, 500_000n, 3_000_000n]) {
      const begin = process.hrtime.bigint()
      timer.set({ value })
      expect(readiness(timer.fd)).toBe(EpollFlag.IN)
      expect(process.hrtime.bigint() - begin).toBeGreaterThanOrEqual(value)
      expect(timer.read()).toBe(1n)
      expect(timer.read()).toBeUndefined()
    }
  })

  test('repeats at its interval', () => {
    const timer = disposed(new TimerFd())
    const begin = process.hrtime.bigint()
    timer.set({ value: 1_000_000, interval: 500_000 })
    let expirations = 0n
    while (expirations < 5n) {
      expect(readiness(timer.fd)).toBe(EpollFlag.IN)
      expirations += timer.read() ?? 0n
    }
    expect(process.hrtime.bigint() - begin).toBeGreaterThanOrEqual(1_000_000n + 4n * 500_000n)
    timer.disarm()
    expect(timer.read()).toBeUndefined()
  })

  test('a relative time of 0 fires at once, and does not disarm', () => {
    const timer = disposed(new TimerFd())
    timer.set({ value: 0 })
    expect(readiness(timer.fd)).toBe(EpollFlag.IN)
    expect(timer.read()).toBe(1n)
  })

  test('an absolute time is one of its clock, and fires at once when it is over', () => {
    const timer = disposed(new TimerFd(Clock.REALTIME))
    timer.set({
      value: BigInt(Date.now()) * 1_000_000n - 5n * second,
      absolute: true,
      cancelOnSet: true,
    })
    expect(readiness(timer.fd)).toBe(EpollFlag.IN)
    expect(timer.read()).toBe(1n)
    timer.set({ value: 0n, absolute: true })
    expect(readiness(timer.fd)).toBe(EpollFlag.IN)
    timer.set({ value: BigInt(Date.now()) * 1_000_000n + 3600n * second, absolute: true })
    expect(timer.read()).toBeUndefined()
    expect(timer.remaining.value).toBeGreaterThan(3000n * second)
    expect(timer.remaining.value).toBeLessThanOrEqual(3601n * second)
  })

  test('arming anew takes the expirations of before away', () => {
    const timer = disposed(new TimerFd())
    timer.set({ value: 1 })
    expect(readiness(timer.fd)).toBe(EpollFlag.IN)
    timer.set({ value: 1000n * second })
    expect(timer.read()).toBeUndefined()
  })

  test('remaining: nothing when disarmed, the rest and the interval when armed', () => {
    const timer = disposed(new TimerFd(Clock.BOOTTIME))
    expect(timer.remaining).toEqual({ value: 0n, interval: 0n })
    timer.set({ value: 100n * second + 5n, interval: 3n * second + 7n })
    expect(timer.remaining.interval).toBe(3n * second + 7n)
    expect(timer.remaining.value).toBeGreaterThan(0n)
    expect(timer.remaining.value).toBeLessThanOrEqual(100n * second + 5n)
    timer.disarm()
    expect(timer.remaining).toEqual({ value: 0n, interval: 0n })
  })

  test('takes times beyond 32 bits of seconds', () => {
    const timer = disposed(new TimerFd())
    timer.set({ value: 2n ** 33n * second })
    expect(timer.remaining.value).toBeGreaterThan(2n ** 32n * second)
  })

  test('refuses times that are negative, fractional, unsafe or too long', () => {
    const timer = disposed(new TimerFd())
    for (const value of [-1, -1n, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => timer.set({ value })).toThrow(RangeError)
      expect(() => timer.set({ value: 1, interval: value })).toThrow(RangeError)
    }
    expect(() => timer.set({ value: 2n ** 53n * second })).toThrow(RangeError)
    expect(timer.remaining.value).toBe(0n)
  })

  test('errors carry their call', () => {
    expect(() => new TimerFd(2)).toThrow(
      expect.objectContaining({ code: 'EINVAL', syscall: 'timerfd_create' }),
    )
    const timer = new TimerFd()
    timer.close()
    const failing = (syscall: string) => expect.objectContaining({ code: 'EBADF', syscall })
    expect(() => timer.set({ value: 1 })).toThrow(failing('timerfd_settime'))
    expect(() => timer.disarm()).toThrow(failing('timerfd_settime'))
    expect(() => timer.remaining).toThrow(failing('timerfd_gettime'))
    expect(() => timer.read()).toThrow(failing('read'))
  })

  test('takes no writes, and no reads of less than 8 bytes', () => {
    const timer = disposed(new TimerFd())
    expect(write(timer.fd, new Uint8Array(8))).toBe(-Errno.EINVAL)
    expect(read(timer.fd, new Uint8Array(7))).toBe(-Errno.EINVAL)
  })

  test('several timers of one epoll fire in their order', () => {
    const epoll = disposed(new Epoll())
    const timers = [3, 1, 2].map((place) => {
      const timer = disposed(new TimerFd())
      epoll.add(timer.fd, EpollFlag.IN | EpollFlag.ONESHOT, place)
      return { timer, place }
    })
    // Armed one after the other in that order: however long that takes, none is due before the one before it.
    for (const { timer, place } of timers.sort((a, b) => a.place - b.place)) {
      timer.set({ value: place * 20_000_000 })
    }
    const order: number[] = []
    while (order.length < 3) order.push(...nextBatch(epoll).map(({ low }) => low))
    expect(order).toEqual([1, 2, 3])
  })

  test('flags have their values', () => {
    expect(TimerFlag).toEqual({ ABSTIME: 1, CANCEL_ON_SET: 2 })
  })
})
