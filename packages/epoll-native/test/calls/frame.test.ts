import { describe, expect, test } from 'vitest'
import {
  Epoll,
  EpollEvents,
  EpollFlag,
  EpollOp,
  Errno,
  epollCtl,
  epollWait,
} from '../../src/index.js'
import { IoBuffer, read, write } from '../../src/io/index.js'
import { recv, send } from '../../src/socket/index.js'
import { disposed, expectNoLeak } from '../descriptors.js'
import { unixPair } from '../sockets.js'

expectNoLeak()

const transfers = { read, write, recv, send }

describe.each(Object.entries(transfers))('%s', (_, call) => {
  test('takes no NaN for an argument that was left out', () => {
    const buffer = disposed(new IoBuffer(16))
    const [fd] = unixPair()
    expect(() => call(fd, buffer.id, Number.NaN, 1)).toThrow(RangeError)
    expect(() => call(fd, buffer.id, 0, Number.NaN)).toThrow(RangeError)
    expect(() => call(Number.NaN, buffer.id, 0, 1)).toThrow(RangeError)
  })

  test('runs no code of an argument', () => {
    const buffer = disposed(new IoBuffer(16))
    const [fd] = unixPair()
    const trap = {
      valueOf() {
        throw new Error('valueOf ran')
      },
    }
    for (const position of [0, 2, 3]) {
      const args: unknown[] = [fd, buffer.id, 0, 1]
      args[position] = trap
      expect(() => Reflect.apply(call, undefined, args)).toThrow(TypeError)
    }
  })

  test('refuses what lies outside of a registered buffer, and a buffer that was released', () => {
    const buffer = new IoBuffer(16)
    const [fd] = unixPair()
    expect(() => call(fd, buffer.id, 17)).toThrow(RangeError)
    expect(() => call(fd, buffer.id, 16, 1)).toThrow(RangeError)
    expect(() => call(fd, buffer.id, 0.5, 1)).toThrow(RangeError)
    expect(() => call(fd, buffer.id, -1, 1)).toThrow(RangeError)
    buffer.release()
    expect(() => call(fd, buffer.id, 0, 1)).toThrow(RangeError)
  })

  test('a refused call leaves the next one alone', () => {
    const buffer = disposed(new IoBuffer(16))
    const [fd] = unixPair()
    expect(() => call(fd, buffer.id, 99)).toThrow(RangeError)
    const result = call(fd, buffer.id, 0, 0)
    expect([0, -Errno.EAGAIN]).toContain(result)
  })
})

test('bytes go from one registered buffer to another, from and to the given places', () => {
  const from = disposed(new IoBuffer(16))
  const to = disposed(new IoBuffer(new SharedArrayBuffer(16)))
  const [left, right] = unixPair()
  from.bytes.set([1, 2, 3, 4], 4)
  expect(send(left, from.id, 5, 2)).toBe(2)
  expect(recv(right, to.id, 14)).toBe(2)
  expect([...to.bytes.subarray(13)]).toEqual([0, 2, 3])
  expect(write(left, from.id)).toBe(16)
  expect(read(right, to.id, 1, 8)).toBe(8)
  expect([...to.bytes.subarray(5, 9)]).toEqual([1, 2, 3, 4])
})

test('epollCtl carries all 64 bits of a token, and takes no NaN for an argument left out', () => {
  const epoll = disposed(new Epoll())
  const [fd, peer] = unixPair()
  const events = new EpollEvents(1)
  const add = (...lanes: number[]) => epollCtl(epoll.fd, EpollOp.ADD, fd, EpollFlag.IN, ...lanes)
  expect(() => add(Number.NaN)).toThrow(RangeError)
  expect(() => add(0, Number.NaN)).toThrow(RangeError)
  expect(() => add(2 ** 32)).toThrow(RangeError)
  expect(add(0xffffffff, -2)).toBe(0)
  expect(add()).toBe(-Errno.EEXIST)
  write(peer, new Uint8Array(1))
  expect(epollWait(epoll.fd, events, 0)).toBe(1)
  expect([events.tokenLow(0), events.tokenHigh(0)]).toEqual([0xffffffff, 0xfffffffe])
})
