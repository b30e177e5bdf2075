import { closeSync, openSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  Epoll,
  EpollEvents,
  EpollFlag,
  EpollOp,
  Errno,
  EventFd,
  epollCtl,
} from '../../src/index.js'
import { close, dup, dup3, write } from '../../src/io/index.js'
import { nextBatch, readyNow, tokensOf } from '../batches.js'
import { disposed, expectNoLeak, owned } from '../descriptors.js'
import { interestList } from '../interest-list.js'
import { bytesOf, pipe, unixPair } from '../sockets.js'

expectNoLeak()

const { IN, OUT, HUP, ERR, RDHUP } = EpollFlag
const newEpoll = () => disposed(new Epoll())
const newBell = (initial = 0) => disposed(new EventFd({ initial }))

describe('A. registration', () => {
  test('[A1] a double add is EEXIST, and the first stays live', () => {
    const epoll = newEpoll()
    const bell = newBell(1)
    epoll.add(bell.fd, IN, 1)
    expect(() => epoll.add(bell.fd, OUT, 2)).toThrow(expect.objectContaining({ code: 'EEXIST' }))
    expect(readyNow(epoll)).toEqual([{ flags: IN, low: 1, high: 0 }])
  })

  test('[A2] modify and delete of what is not registered are ENOENT', () => {
    const epoll = newEpoll()
    const bell = newBell(1)
    expect(() => epoll.modify(bell.fd, IN)).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    expect(() => epoll.delete(bell.fd)).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    expect(readyNow(epoll)).toEqual([])
  })

  test('[A3] numbers that are no descriptors: EBADF, and the epoll itself: EINVAL', () => {
    const epoll = newEpoll()
    for (const op of [EpollOp.ADD, EpollOp.MOD, EpollOp.DEL]) {
      for (const fd of [420_420, -1, 0x7fffffff]) {
        expect(epollCtl(epoll.fd, op, fd, IN)).toBe(-Errno.EBADF)
        expect(epollCtl(fd, op, epoll.fd, IN)).toBe(-Errno.EBADF)
      }
      expect(epollCtl(epoll.fd, op, epoll.fd, IN)).toBe(-Errno.EINVAL)
    }
    expect(interestList(epoll.fd)).toEqual([])
  })

  test.each(['/dev/null', import.meta.filename, import.meta.dirname])(
    '[A4] %s is EPERM',
    (path) => {
      const epoll = newEpoll()
      const file = openSync(path, 'r')
      try {
        expect(() => epoll.add(file, IN)).toThrow(expect.objectContaining({ code: 'EPERM' }))
      } finally {
        closeSync(file)
      }
      expect(interestList(epoll.fd)).toEqual([])
    },
  )

  test('[A5] an add that fails leaves nothing behind, a hundred times', () => {
    const epoll = newEpoll()
    const bell = newBell()
    epoll.add(bell.fd, IN, 1)
    for (let i = 0; i < 100; i++) {
      expect(epollCtl(epoll.fd, EpollOp.ADD, bell.fd, OUT, 2)).toBe(-Errno.EEXIST)
      expect(epollCtl(epoll.fd, EpollOp.ADD, epoll.fd, IN)).toBe(-Errno.EINVAL)
      expect(epollCtl(epoll.fd, EpollOp.ADD, -1, IN)).toBe(-Errno.EBADF)
    }
    expect(interestList(epoll.fd)).toMatchObject([{ fd: bell.fd, low: 1 }])
  })

  test('[A6] an empty interest is accepted, and still reports HUP and ERR', () => {
    const epoll = newEpoll()
    const [left, right] = unixPair()
    const [out, into] = pipe()
    epoll.add(left, 0, 1)
    epoll.add(into, 0, 2)
    write(right, bytesOf('data'))
    expect(readyNow(epoll)).toEqual([])
    close(right)
    close(out)
    const batch = nextBatch(epoll).sort((a, b) => a.low - b.low)
    expect(batch).toEqual([
      { flags: HUP, low: 1, high: 0 },
      { flags: ERR, low: 2, high: 0 },
    ])
  })

  test('[A7] modify replaces the interest and the token completely', () => {
    const epoll = newEpoll()
    const [left, right] = unixPair()
    write(right, bytesOf('data'))
    epoll.add(left, IN | OUT | RDHUP, 1, 0xffffffff)
    expect(readyNow(epoll)).toEqual([{ flags: IN | OUT, low: 1, high: 0xffffffff }])
    epoll.modify(left, OUT, 2)
    expect(readyNow(epoll)).toEqual([{ flags: OUT, low: 2, high: 0 }])
    expect(interestList(epoll.fd)).toEqual([{ fd: left, events: OUT | HUP | ERR, low: 2, high: 0 }])
  })

  test('[A8] what was pending for the old interest is not delivered after a modify', () => {
    const epoll = newEpoll()
    const bell = newBell()
    epoll.add(bell.fd, IN, 1)
    bell.write()
    epoll.modify(bell.fd, 0, 2)
    expect(readyNow(epoll)).toEqual([])
    epoll.modify(bell.fd, IN, 3)
    expect(readyNow(epoll)).toEqual([{ flags: IN, low: 3, high: 0 }])
  })

  test('[A9] deleted and added again', () => {
    const epoll = newEpoll()
    const bell = newBell(1)
    for (let token = 0; token < 10; token++) {
      epoll.add(bell.fd, IN, token)
      expect(tokensOf(readyNow(epoll))).toEqual([token])
      epoll.delete(bell.fd)
      expect(readyNow(epoll)).toEqual([])
    }
  })

  test('[A10] a descriptor in two epolls is reported by both', () => {
    const [first, second] = [newEpoll(), newEpoll()]
    const bell = newBell(1)
    first.add(bell.fd, IN, 1)
    second.add(bell.fd, IN, 2)
    expect(tokensOf(readyNow(first))).toEqual([1])
    expect(tokensOf(readyNow(second))).toEqual([2])
    first.delete(bell.fd)
    expect(readyNow(first)).toEqual([])
    expect(tokensOf(readyNow(second))).toEqual([2])
  })

  test.each([70, 100, 2500])(
    '[A11] %d descriptors ready at once, through arrays of any size',
    (count) => {
      const epoll = newEpoll()
      for (let token = 0; token < count; token++) {
        epoll.add(newBell(1).fd, IN | EpollFlag.ET, token)
      }
      const all = Array.from({ length: count }, (_, token) => token)
      const tokens: number[] = []
      for (let capacity = 1; tokens.length < count; capacity *= 2) {
        tokens.push(...tokensOf(nextBatch(epoll, 0, new EpollEvents(capacity))))
      }
      expect(tokens.sort((a, b) => a - b)).toEqual(all)
      expect(readyNow(epoll)).toEqual([])
    },
  )

  test('[A11] an array smaller than the number of ready ones starves none of them', () => {
    const epoll = newEpoll()
    for (let token = 0; token < 10; token++) epoll.add(newBell(1).fd, IN, token)
    const events = new EpollEvents(3)
    const seen = new Set<number>()
    // Level-triggered ones that were reported go to the end of the kernel's list.
    for (let round = 0; round < 4; round++) {
      for (const token of tokensOf(nextBatch(epoll, 0, events))) seen.add(token)
    }
    expect(seen.size).toBe(10)
  })

  test('[A12] 2000 cycles of open, add, event, delete, close', () => {
    const epoll = newEpoll()
    const events = new EpollEvents(1)
    for (let cycle = 0; cycle < 2000; cycle++) {
      using bell = new EventFd({ initial: 1 })
      epoll.add(bell.fd, IN, cycle)
      expect(epoll.wait(events)).toBe(1)
      expect(events.tokenLow(0)).toBe(cycle)
      if (cycle % 2 === 0) epoll.delete(bell.fd)
    }
    expect(interestList(epoll.fd)).toEqual([])
  })

  test('[A13] the same description put back on its number is EEXIST, and MOD reaches it', () => {
    const epoll = newEpoll()
    const bell = newBell(1)
    const copy = owned(dup(bell.fd))
    epoll.add(bell.fd, IN, 1)
    expect(dup3(copy, bell.fd, 0)).toBe(bell.fd)
    expect(epollCtl(epoll.fd, EpollOp.ADD, bell.fd, IN, 2)).toBe(-Errno.EEXIST)
    epoll.modify(bell.fd, IN, 3)
    expect(tokensOf(readyNow(epoll))).toEqual([3])
    // Another description on the same number is another registration: the old one went with its last number.
    close(copy)
    const other = newBell(1)
    expect(dup3(other.fd, bell.fd, 0)).toBe(bell.fd)
    expect(readyNow(epoll)).toEqual([])
    epoll.add(bell.fd, IN, 4)
    expect(tokensOf(readyNow(epoll))).toEqual([4])
  })
})
