import { describe, expect, test } from 'vitest'
import {
  DescriptorFlag,
  Errno,
  EventFd,
  EventfdFlag,
  eventfd,
  SystemError,
} from '../../src/index.js'
import { close, read, write } from '../../src/io/index.js'
import { disposed, expectNoLeak, owned } from '../descriptors.js'

expectNoLeak()

describe('eventfd', () => {
  test('counts what was written and is empty after a read', () => {
    const fd = owned(eventfd(5, DescriptorFlag.NONBLOCK))
    const count = new BigUint64Array(1)
    const bytes = new Uint8Array(count.buffer)
    expect(read(fd, bytes)).toBe(8)
    expect(count[0]).toBe(5n)
    expect(read(fd, bytes)).toBe(-Errno.EAGAIN)
  })

  test('takes an initial count of 32 bits and refuses one that does not fit', () => {
    owned(eventfd(0xffffffff, 0))
    for (const initial of [-1, 0x100000000, 0.5, Number.NaN]) {
      expect(() => eventfd(initial, 0)).toThrow(RangeError)
    }
  })

  test('an unknown flag is -EINVAL', () => {
    expect(eventfd(0, 0x10)).toBe(-Errno.EINVAL)
  })

  test('a write of a short buffer is -EINVAL', () => {
    const fd = owned(eventfd(0, DescriptorFlag.NONBLOCK))
    expect(write(fd, new Uint8Array(4))).toBe(-Errno.EINVAL)
  })
})

describe('EventFd', () => {
  test('[G1] writes before a read are one readiness, and their sum', () => {
    const bell = disposed(new EventFd())
    bell.write()
    bell.write(2)
    bell.write(3n)
    expect(bell.read()).toBe(6n)
    expect(bell.read()).toBeUndefined()
  })

  test('a semaphore gives one per read', () => {
    const bell = disposed(new EventFd({ initial: 2, semaphore: true }))
    expect(bell.read()).toBe(1n)
    expect(bell.read()).toBe(1n)
    expect(bell.read()).toBeUndefined()
    expect(EventfdFlag.SEMAPHORE).toBe(1)
  })

  test('a full counter says false and keeps its count', () => {
    const bell = disposed(new EventFd())
    expect(bell.write(2n ** 64n - 2n)).toBe(true)
    expect(bell.write(1n)).toBe(false)
    expect(bell.read()).toBe(2n ** 64n - 2n)
  })

  test('a count that does not fit 64 bits is a RangeError', () => {
    const bell = disposed(new EventFd())
    for (const count of [-1n, 2n ** 64n - 1n, 2n ** 64n, 1.5, Number.NaN]) {
      expect(() => bell.write(count)).toThrow(RangeError)
    }
    expect(bell.read()).toBeUndefined()
  })

  test('[G5] ringing a closed one is EBADF and reaches no recycled number', () => {
    const bell = new EventFd()
    const number = bell.fd
    bell.close()
    bell.close()
    const stranger = owned(eventfd(0, DescriptorFlag.NONBLOCK))
    expect(stranger).toBe(number)
    expect(() => bell.write()).toThrow(SystemError)
    expect(read(stranger, new Uint8Array(8))).toBe(-Errno.EAGAIN)
  })

  test('close reports a number that was closed behind its back', () => {
    const bell = new EventFd()
    close(bell.fd)
    expect(() => bell.close()).toThrow(expect.objectContaining({ code: 'EBADF', errno: -9 }))
    expect(bell.closed).toBe(true)
  })
})
