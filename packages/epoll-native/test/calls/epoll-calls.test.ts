import { closeSync, openSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  EpollCreateFlag,
  EpollEvents,
  EpollFlag,
  EpollOp,
  Errno,
  EventFd,
  epollCreate1,
  epollCtl,
  epollGetParams,
  epollPwait2,
  epollSetParams,
  epollWait,
} from '../../src/index.js'
import { FcntlCommand, FdFlag, fcntl } from '../../src/io/index.js'
import { Capability, capable } from '../capabilities.js'
import { disposed, expectNoLeak, owned } from '../descriptors.js'
import { untyped } from '../untyped.js'

expectNoLeak()

const newEpoll = () => owned(epollCreate1(EpollCreateFlag.CLOEXEC))
const ringing = () => {
  const bell = disposed(new EventFd({ initial: 1 }))
  return bell.fd
}

describe('epollCreate1', () => {
  test('the descriptor is CLOEXEC when asked, and only then', () => {
    expect(fcntl(newEpoll(), FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
    expect(fcntl(owned(epollCreate1(0)), FcntlCommand.GETFD)).toBe(0)
  })

  test('an unknown flag is -EINVAL', () => {
    expect(epollCreate1(1)).toBe(-Errno.EINVAL)
  })

  test('flags that are no 32-bit integer are refused', () => {
    for (const flags of [0.5, Number.NaN, 2 ** 31])
      expect(() => epollCreate1(flags)).toThrow(RangeError)
    for (const flags of [undefined, '0', 0n, {}]) {
      expect(() => epollCreate1(untyped(flags))).toThrow(TypeError)
    }
  })
})

describe('epollCtl', () => {
  test('adds, modifies and deletes a registration', () => {
    const epfd = newEpoll()
    const fd = ringing()
    expect(epollCtl(epfd, EpollOp.ADD, fd, EpollFlag.IN, 1, 2)).toBe(0)
    expect(epollCtl(epfd, EpollOp.MOD, fd, EpollFlag.IN, 3, 4)).toBe(0)
    const events = new EpollEvents(1)
    expect(epollWait(epfd, events, 0)).toBe(1)
    expect([events.flags(0), events.tokenLow(0), events.tokenHigh(0)]).toEqual([EpollFlag.IN, 3, 4])
    expect(epollCtl(epfd, EpollOp.DEL, fd)).toBe(0)
    expect(epollWait(epfd, events, 0)).toBe(0)
  })

  test('gives the 64 bits of the token back, unsigned, however they were given', () => {
    const epfd = newEpoll()
    const fd = ringing()
    const events = new EpollEvents(1)
    expect(epollCtl(epfd, EpollOp.ADD, fd, EpollFlag.IN)).toBe(0)
    for (const [low, high] of [
      [0, 0],
      [0xffffffff, 0],
      [0, 0xffffffff],
      [-1, -0x80000000],
      [0x12345678, 0x9abcdef0],
    ] as const) {
      expect(epollCtl(epfd, EpollOp.MOD, fd, EpollFlag.IN, low, high)).toBe(0)
      expect(epollWait(epfd, events, 0)).toBe(1)
      expect([events.tokenLow(0), events.tokenHigh(0)]).toEqual([low >>> 0, high >>> 0])
    }
  })

  test('takes event bits signed, as | yields them', () => {
    const epfd = newEpoll()
    const events = new EpollEvents(1)
    expect(EpollFlag.ET | EpollFlag.IN).toBeLessThan(0)
    expect(epollCtl(epfd, EpollOp.ADD, ringing(), EpollFlag.ET | EpollFlag.IN)).toBe(0)
    expect(epollWait(epfd, events, 0)).toBe(1)
    expect(epollWait(epfd, events, 0)).toBe(0)
  })

  test('answers as the kernel does', () => {
    const epfd = newEpoll()
    const fd = ringing()
    expect(epollCtl(epfd, EpollOp.MOD, fd, EpollFlag.IN)).toBe(-Errno.ENOENT)
    expect(epollCtl(epfd, EpollOp.DEL, fd)).toBe(-Errno.ENOENT)
    expect(epollCtl(epfd, EpollOp.ADD, fd, EpollFlag.IN)).toBe(0)
    expect(epollCtl(epfd, EpollOp.ADD, fd, EpollFlag.IN)).toBe(-Errno.EEXIST)
    expect(epollCtl(epfd, 42, fd, EpollFlag.IN)).toBe(-Errno.EINVAL)
    expect(epollCtl(epfd, EpollOp.ADD, epfd, EpollFlag.IN)).toBe(-Errno.EINVAL)
    expect(epollCtl(fd, EpollOp.ADD, epfd, EpollFlag.IN)).toBe(-Errno.EINVAL)
    expect(epollCtl(-1, EpollOp.ADD, fd, EpollFlag.IN)).toBe(-Errno.EBADF)
    expect(epollCtl(epfd, EpollOp.ADD, -1, EpollFlag.IN)).toBe(-Errno.EBADF)
  })

  test('a regular file is -EPERM', () => {
    const file = openSync(import.meta.filename, 'r')
    try {
      expect(epollCtl(newEpoll(), EpollOp.ADD, file, EpollFlag.IN)).toBe(-Errno.EPERM)
    } finally {
      closeSync(file)
    }
  })

  test('an argument that is no 32-bit integer is refused, and nothing is registered', () => {
    const epfd = newEpoll()
    const fd = ringing()
    for (const bad of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, -(2 ** 31) - 1]) {
      expect(() => epollCtl(bad, EpollOp.ADD, fd, EpollFlag.IN)).toThrow(RangeError)
      expect(() => epollCtl(epfd, bad, fd, EpollFlag.IN)).toThrow(RangeError)
      expect(() => epollCtl(epfd, EpollOp.ADD, bad, EpollFlag.IN)).toThrow(RangeError)
      expect(() => epollCtl(epfd, EpollOp.ADD, fd, bad)).toThrow(RangeError)
      expect(() => epollCtl(epfd, EpollOp.ADD, fd, EpollFlag.IN, bad)).toThrow(RangeError)
      expect(() => epollCtl(epfd, EpollOp.ADD, fd, EpollFlag.IN, 0, bad)).toThrow(RangeError)
    }
    for (const bad of ['1', null, 1n, {}]) {
      expect(() => epollCtl(epfd, EpollOp.ADD, untyped(bad), EpollFlag.IN)).toThrow(TypeError)
      expect(() => epollCtl(epfd, EpollOp.ADD, fd, untyped(bad))).toThrow(TypeError)
    }
    expect(epollCtl(epfd, EpollOp.DEL, fd)).toBe(-Errno.ENOENT)
  })

  test('the error names the call and the argument', () => {
    expect(() => epollCtl(0.5, EpollOp.ADD, 0, 0)).toThrow(
      expect.objectContaining({
        code: 'ERR_OUT_OF_RANGE',
        message: expect.stringMatching(/^epollCtl: the "epfd" argument must be/),
      }),
    )
    expect(() => epollCtl(0, EpollOp.ADD, untyped('0'), 0)).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_ARG_TYPE',
        message: expect.stringMatching(/^epollCtl: the "fd" argument must be/),
      }),
    )
  })
})

describe.each([
  { name: 'epollWait', wait: epollWait, long: 2_000_000_000 },
  { name: 'epollPwait2', wait: epollPwait2, long: 2 ** 53 - 1 },
])('$name', ({ wait, long }) => {
  test('returns how many are ready, at most as many as the array holds', () => {
    const epfd = newEpoll()
    for (let i = 0; i < 3; i++)
      expect(epollCtl(epfd, EpollOp.ADD, ringing(), EpollFlag.IN, i)).toBe(0)
    expect(wait(epfd, new EpollEvents(8), -1)).toBe(3)
    expect(wait(epfd, new EpollEvents(2), -1)).toBe(2)
  })

  test('returns at once when something is ready, however long it may wait', () => {
    const epfd = newEpoll()
    expect(epollCtl(epfd, EpollOp.ADD, ringing(), EpollFlag.IN)).toBe(0)
    for (const timeout of [0, 1, -1, long]) expect(wait(epfd, new EpollEvents(1), timeout)).toBe(1)
  })

  test('returns 0 when the time is up', () => {
    expect(wait(newEpoll(), new EpollEvents(1), 0)).toBe(0)
    expect(wait(newEpoll(), new EpollEvents(1), 1)).toBe(0)
  })

  test('a number that is not open is -EBADF, one that is no epoll -EINVAL', () => {
    expect(wait(-1, new EpollEvents(1), 0)).toBe(-Errno.EBADF)
    expect(wait(0x7fffffff, new EpollEvents(1), 0)).toBe(-Errno.EBADF)
    expect(wait(ringing(), new EpollEvents(1), 0)).toBe(-Errno.EINVAL)
  })

  test('refuses a time that is no integer of its range, and what is no event array', () => {
    const epfd = newEpoll()
    const events = new EpollEvents(1)
    for (const timeout of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => wait(epfd, events, timeout)).toThrow(RangeError)
    }
    expect(() => wait(epfd, events, untyped('0'))).toThrow(TypeError)
    for (const array of [
      undefined,
      null,
      1,
      {},
      new Uint8Array(12),
      Object.create(EpollEvents.prototype),
    ]) {
      expect(() => wait(epfd, untyped(array), 0)).toThrow(TypeError)
    }
  })
})

describe('time', () => {
  test('[H2] epollWait never returns early', () => {
    const epfd = newEpoll()
    const events = new EpollEvents(1)
    for (const timeout of [1, 2, 5]) {
      const begin = process.hrtime.bigint()
      expect(epollWait(epfd, events, timeout)).toBe(0)
      expect(process.hrtime.bigint() - begin).toBeGreaterThanOrEqual(BigInt(timeout) * 1_000_000n)
    }
  })

  test('[H3] epollPwait2 waits for nanoseconds, and never returns early', () => {
    const epfd = newEpoll()
    const events = new EpollEvents(1)
    for (const timeout of [1, 200_000, 1_500_000]) {
      const begin = process.hrtime.bigint()
      expect(epollPwait2(epfd, events, timeout)).toBe(0)
      expect(process.hrtime.bigint() - begin).toBeGreaterThanOrEqual(BigInt(timeout))
    }
  })

  test('epollPwait2 refuses a negative time other than -1', () => {
    expect(() => epollPwait2(newEpoll(), new EpollEvents(1), -2)).toThrow(RangeError)
  })
})

describe('busy-poll parameters', () => {
  const params = { busyPollUsecs: 50, busyPollBudget: 16, preferBusyPoll: true }

  test('are read back as they were set', () => {
    const epfd = newEpoll()
    const read = new Float64Array(3)
    expect(epollGetParams(epfd, read)).toBe(0)
    expect([...read]).toEqual([0, 0, 0])
    expect(epollSetParams(epfd, params)).toBe(0)
    expect(epollGetParams(epfd, read)).toBe(0)
    expect([...read]).toEqual([50, 16, 1])
  })

  test('a budget above 64 takes CAP_NET_ADMIN', () => {
    const answer = epollSetParams(newEpoll(), { ...params, busyPollBudget: 65 })
    expect(answer).toBe(capable(Capability.NET_ADMIN) ? 0 : -Errno.EPERM)
  })

  test('answer as the kernel does to what is no epoll', () => {
    const read = new Float64Array(3)
    expect(epollGetParams(-1, read)).toBe(-Errno.EBADF)
    expect(epollSetParams(-1, params)).toBe(-Errno.EBADF)
    expect(epollGetParams(ringing(), read)).toBe(-Errno.ENOTTY)
    expect(epollSetParams(ringing(), params)).toBe(-Errno.ENOTTY)
    expect(epollSetParams(newEpoll(), { ...params, busyPollUsecs: 2 ** 31 })).toBe(-Errno.EINVAL)
  })

  test('refuse what does not fit the kernel, and an array that is too short', () => {
    const epfd = newEpoll()
    expect(() => epollSetParams(epfd, { ...params, busyPollUsecs: 2 ** 32 })).toThrow(RangeError)
    expect(() => epollSetParams(epfd, { ...params, busyPollUsecs: -1 })).toThrow(RangeError)
    expect(() => epollSetParams(epfd, { ...params, busyPollBudget: 65536 })).toThrow(RangeError)
    expect(() => epollGetParams(epfd, new Float64Array(2))).toThrow(RangeError)
    expect(() => epollGetParams(epfd, untyped(new Uint8Array(24)))).toThrow(TypeError)
  })
})

test('every flag is unsigned and has a bit of its own', () => {
  const flags = Object.values(EpollFlag)
  for (const flag of flags) expect(flag).toBeGreaterThan(0)
  expect(flags.reduce((sum, flag) => sum + flag, 0)).toBe(
    flags.reduce((union, flag) => (union | flag) >>> 0, 0),
  )
})
