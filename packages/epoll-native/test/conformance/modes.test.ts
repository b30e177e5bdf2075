import { describe, expect, test } from 'vitest'
import { Epoll, EpollFlag, EpollOp, Errno, EventFd, epollCtl } from '../../src/index.js'
import { close, dup, read, write } from '../../src/io/index.js'
import { flagsOf, nextBatch, readyNow, tokensOf } from '../batches.js'
import { disposed, expectNoLeak, owned } from '../descriptors.js'
import { interestList } from '../interest-list.js'
import { Thread } from '../programs.js'
import { bytesOf, drain, fill, pipe, unixPair } from '../sockets.js'

expectNoLeak()

const { IN, OUT, ET, ONESHOT, HUP, RDHUP } = EpollFlag
const newEpoll = () => disposed(new Epoll())
const newBell = (initial = 0) => disposed(new EventFd({ initial }))
const one = new Uint8Array(1)

describe('B. modes', () => {
  test('[B1] level triggering repeats on a partial read', () => {
    const epoll = newEpoll()
    const [out, into] = pipe()
    epoll.add(out, IN)
    write(into, bytesOf('abc'))
    for (let left = 3; left > 0; left--) {
      expect(flagsOf(readyNow(epoll))).toEqual([IN])
      expect(read(out, one)).toBe(1)
    }
    expect(readyNow(epoll)).toEqual([])
  })

  test('[B2] edge triggering is silent on a partial read, and fires on new data', () => {
    const epoll = newEpoll()
    const [out, into] = pipe()
    epoll.add(out, IN | ET)
    write(into, bytesOf('abc'))
    expect(flagsOf(readyNow(epoll))).toEqual([IN])
    expect(read(out, one)).toBe(1)
    expect(readyNow(epoll)).toEqual([])
    write(into, bytesOf('d'))
    expect(flagsOf(readyNow(epoll))).toEqual([IN])
    expect(readyNow(epoll)).toEqual([])
  })

  test('[B3] edge triggering fires anew after a drain', () => {
    const epoll = newEpoll()
    const [left, right] = unixPair()
    epoll.add(left, IN | ET)
    for (let round = 0; round < 3; round++) {
      write(right, bytesOf('abc'))
      expect(flagsOf(readyNow(epoll))).toEqual([IN])
      expect(drain(left).length).toBe(3)
      expect(readyNow(epoll)).toEqual([])
    }
  })

  test('[B3] an edge of writability comes when the peer has made room', () => {
    const epoll = newEpoll()
    const [left, right] = unixPair()
    epoll.add(left, OUT | ET)
    expect(flagsOf(readyNow(epoll))).toEqual([OUT])
    fill(left)
    expect(readyNow(epoll)).toEqual([])
    drain(right)
    expect(flagsOf(nextBatch(epoll))).toEqual([OUT])
  })

  test('[B5] level, then oneshot, then edge, by modify', () => {
    const epoll = newEpoll()
    const bell = newBell(1)
    epoll.add(bell.fd, IN, 1)
    expect([tokensOf(readyNow(epoll)), tokensOf(readyNow(epoll))]).toEqual([[1], [1]])
    epoll.modify(bell.fd, IN | ONESHOT, 2)
    expect([tokensOf(readyNow(epoll)), tokensOf(readyNow(epoll))]).toEqual([[2], []])
    bell.write()
    expect(readyNow(epoll)).toEqual([])
    epoll.modify(bell.fd, IN | ET, 3)
    expect([tokensOf(readyNow(epoll)), tokensOf(readyNow(epoll))]).toEqual([[3], []])
    bell.write()
    expect([tokensOf(readyNow(epoll)), tokensOf(readyNow(epoll))]).toEqual([[3], []])
    epoll.modify(bell.fd, IN, 4)
    expect([tokensOf(readyNow(epoll)), tokensOf(readyNow(epoll))]).toEqual([[4], [4]])
  })

  test('[B6] two modes at once: refused for a number, defined for its duplicate', () => {
    const epoll = newEpoll()
    const bell = newBell(1)
    epoll.add(bell.fd, IN, 1)
    expect(epollCtl(epoll.fd, EpollOp.ADD, bell.fd, IN | ET, 2)).toBe(-Errno.EEXIST)
    epoll.add(owned(dup(bell.fd)), IN | ET, 2)
    expect(tokensOf(readyNow(epoll))).toEqual([1, 2])
    expect(tokensOf(readyNow(epoll))).toEqual([1])
  })

  test('[B7] what was ready before it was registered is an edge', () => {
    const epoll = newEpoll()
    const bell = newBell(1)
    epoll.add(bell.fd, IN | ET)
    expect(flagsOf(readyNow(epoll))).toEqual([IN])
    expect(readyNow(epoll)).toEqual([])
  })

  test('a modify of an edge registration that is ready delivers the edge again', () => {
    const epoll = newEpoll()
    const bell = newBell(1)
    epoll.add(bell.fd, IN | ET)
    for (let round = 0; round < 3; round++) {
      expect(flagsOf(readyNow(epoll))).toEqual([IN])
      expect(readyNow(epoll)).toEqual([])
      epoll.modify(bell.fd, IN | ET)
    }
  })
})

describe('C. oneshot', () => {
  test('[C1] is silent until it is re-armed', () => {
    const epoll = newEpoll()
    const [left, right] = unixPair()
    epoll.add(left, IN | ONESHOT)
    write(right, bytesOf('a'))
    expect(flagsOf(readyNow(epoll))).toEqual([IN])
    write(right, bytesOf('b'))
    expect(readyNow(epoll)).toEqual([])
    expect(drain(left).length).toBe(2)
    epoll.modify(left, IN | ONESHOT)
    expect(readyNow(epoll)).toEqual([])
    write(right, bytesOf('c'))
    expect(flagsOf(readyNow(epoll))).toEqual([IN])
  })

  test('[C1] not even the end of the connection is reported while it is disarmed', () => {
    const epoll = newEpoll()
    const [left, right] = unixPair()
    epoll.add(left, IN | ONESHOT)
    write(right, bytesOf('a'))
    expect(flagsOf(readyNow(epoll))).toEqual([IN])
    close(right)
    expect(readyNow(epoll)).toEqual([])
    epoll.modify(left, IN | RDHUP | ONESHOT)
    expect(flagsOf(readyNow(epoll))).toEqual([IN | RDHUP | HUP])
  })

  test('[C1] an add of a disarmed registration is EEXIST', () => {
    const epoll = newEpoll()
    const bell = newBell(1)
    epoll.add(bell.fd, IN | ONESHOT)
    expect(readyNow(epoll).length).toBe(1)
    expect(epollCtl(epoll.fd, EpollOp.ADD, bell.fd, IN | ONESHOT)).toBe(-Errno.EEXIST)
  })

  test.each([
    { name: 'level', mode: ONESHOT },
    { name: 'edge', mode: ONESHOT | ET },
  ])('[C2] re-armed with data pending, it fires at once ($name)', ({ mode }) => {
    const epoll = newEpoll()
    const [out, into] = pipe()
    epoll.add(out, IN | mode)
    write(into, bytesOf('abc'))
    for (let left = 3; left > 0; left--) {
      expect(flagsOf(readyNow(epoll))).toEqual([IN])
      expect(read(out, one)).toBe(1)
      expect(readyNow(epoll)).toEqual([])
      epoll.modify(out, IN | mode)
    }
    expect(readyNow(epoll)).toEqual([])
  })

  test('[C3] one shot disables both directions; the kernel keeps only the mode', () => {
    const epoll = newEpoll()
    const [left, right] = unixPair()
    epoll.add(left, IN | OUT | ONESHOT, 5)
    expect(flagsOf(readyNow(epoll))).toEqual([OUT])
    write(right, bytesOf('a'))
    expect(readyNow(epoll)).toEqual([])
    // The interest is gone from the kernel's list too, so the re-arm must name what survives.
    expect(interestList(epoll.fd)).toEqual([{ fd: left, events: ONESHOT, low: 5, high: 0 }])
    epoll.modify(left, IN | ONESHOT, 6)
    expect(readyNow(epoll)).toEqual([{ flags: IN, low: 6, high: 0 }])
  })

  test('[C4] a re-arm from another thread wakes a blocked wait', async () => {
    const epoll = newEpoll()
    const bell = newBell(1)
    epoll.add(bell.fd, IN | ONESHOT, 1)
    expect(tokensOf(readyNow(epoll))).toEqual([1])
    const go = new Int32Array(new SharedArrayBuffer(4))
    await using thread = new Thread(
      `
      const { go, epfd, fd } = workerData
      parentPort.postMessage('here')
      Atomics.wait(go, 0, 0)
      untilAsleep(process.pid)
      const { EpollFlag, EpollOp } = rearm
      parentPort.postMessage(rearm.epollCtl(epfd, EpollOp.MOD, fd, EpollFlag.IN | EpollFlag.ONESHOT, 2))
      `,
      { go, epfd: epoll.fd, fd: bell.fd },
    )
    expect(await thread.message()).toBe('here')
    Atomics.store(go, 0, 1)
    Atomics.notify(go, 0)
    expect(tokensOf(nextBatch(epoll))).toEqual([2])
    expect(await thread.message()).toBe(0)
    await thread.ended()
  })

  test('[C5] a re-arm after the close is EBADF, and ENOENT on a number that somebody else has now', () => {
    const epoll = newEpoll()
    const bell = new EventFd({ initial: 1 })
    const number = bell.fd
    epoll.add(number, IN | ONESHOT, 1)
    expect(tokensOf(readyNow(epoll))).toEqual([1])
    bell.close()
    expect(epollCtl(epoll.fd, EpollOp.MOD, number, IN | ONESHOT, 1)).toBe(-Errno.EBADF)
    const stranger = newBell(1)
    expect(stranger.fd).toBe(number)
    expect(epollCtl(epoll.fd, EpollOp.MOD, number, IN | ONESHOT, 1)).toBe(-Errno.ENOENT)
    expect(readyNow(epoll)).toEqual([])
  })

  test('[C6] no two threads are given the same descriptor, and every ring is taken', async () => {
    const epoll = newEpoll()
    const bells = Array.from({ length: 8 }, (_, token) => {
      const bell = disposed(new EventFd({ initial: 250, semaphore: true }))
      epoll.add(bell.fd, IN | ONESHOT, token)
      return bell.fd
    })
    const total = bells.length * 250
    const stop = newBell()
    epoll.add(stop.fd, IN, 1000)
    // Per descriptor who holds it; then: how often two did, and how many rings were taken.
    const state = new Int32Array(new SharedArrayBuffer(4 * 16))
    const source = `
      const { state, epfd, bells, total, stop } = workerData
      const { EpollFlag, EpollOp } = rearm
      const events = new rearm.EpollEvents(4)
      const bytes = new Uint8Array(8)
      for (let over = false; !over; ) {
        const count = rearm.epollWait(epfd, events, -1)
        for (let i = 0; i < count; i++) {
          const token = events.tokenLow(i)
          if (token === 1000) { over = true; continue }
          if (Atomics.exchange(state, token, 1) !== 0) Atomics.add(state, 8, 1)
          if (io.read(bells[token], bytes) !== 8) Atomics.add(state, 8, 1)
          const taken = Atomics.add(state, 9, 1) + 1
          Atomics.store(state, token, 0)
          if (taken === total) rearm.EventFd.write(stop)
          rearm.epollCtl(epfd, EpollOp.MOD, bells[token], EpollFlag.IN | EpollFlag.ONESHOT, token)
        }
      }
      parentPort.postMessage('over')
    `
    const workerData = { state, epfd: epoll.fd, bells, total, stop: stop.fd }
    const threads = [1, 2, 3].map(() => new Thread(source, workerData))
    for (const thread of threads) {
      expect(await thread.message()).toBe('over')
      await thread.ended()
    }
    expect([state[8], state[9]]).toEqual([0, total])
  })

  test('[C7] a shot spent on nothing must be re-armed too', () => {
    const epoll = newEpoll()
    const bell = newBell(1)
    epoll.add(bell.fd, IN | ONESHOT)
    expect(readyNow(epoll).length).toBe(1)
    expect([bell.read(), bell.read()]).toEqual([1n, undefined])
    bell.write()
    expect(readyNow(epoll)).toEqual([])
    epoll.modify(bell.fd, IN | ONESHOT)
    expect(readyNow(epoll).length).toBe(1)
  })

  test('[C8] re-armed before it is read, it is given out a second time', () => {
    const epoll = newEpoll()
    const bell = newBell(1)
    epoll.add(bell.fd, IN | ONESHOT)
    expect(readyNow(epoll).length).toBe(1)
    epoll.modify(bell.fd, IN | ONESHOT)
    expect(readyNow(epoll).length).toBe(1)
  })
})
