import { describe, expect, test } from 'vitest'
import { Epoll, EpollEvents, EpollFlag, EventFd } from '../../src/index.js'
import { disposed, expectNoLeak } from '../descriptors.js'
import { runProgram } from '../programs.js'
import { untyped } from '../untyped.js'

expectNoLeak()

describe('EpollEvents', () => {
  test('holds as many events as asked for', () => {
    const epoll = disposed(new Epoll())
    for (let token = 0; token < 5; token++) {
      epoll.add(disposed(new EventFd({ initial: 1 })).fd, EpollFlag.IN, token, 100 + token)
    }
    const events = new EpollEvents(3)
    expect(events.capacity).toBe(3)
    expect(epoll.wait(events, 0)).toBe(3)
    expect([0, 1, 2].map((i) => events.tokenHigh(i) - events.tokenLow(i))).toEqual([100, 100, 100])
    expect([0, 1, 2].map((i) => events.flags(i))).toEqual([1, 1, 1])
  })

  test('a capacity is an integer from 1 to 1048576', () => {
    expect(new EpollEvents(1048576).capacity).toBe(1048576)
    for (const capacity of [0, -1, 1.5, 1048577, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => new EpollEvents(capacity)).toThrow(RangeError)
    }
    for (const capacity of [undefined, '2', 2n, {}]) {
      expect(() => new EpollEvents(untyped(capacity))).toThrow(RangeError)
    }
  })

  test('an index that names no event is a RangeError', () => {
    const epoll = disposed(new Epoll())
    const events = new EpollEvents(2)
    epoll.add(disposed(new EventFd({ initial: 1 })).fd, EpollFlag.IN, 7, 8)
    expect(epoll.wait(events, 0)).toBe(1)
    // A third of an event would be the word beside the one that was asked for.
    for (const index of [
      -1,
      2,
      0.25,
      1 / 3,
      0.5,
      -1 / 3,
      Number.NaN,
      2 ** 32,
      Number.POSITIVE_INFINITY,
    ]) {
      expect(() => events.flags(index), `flags(${index})`).toThrow(RangeError)
      expect(() => events.tokenLow(index), `tokenLow(${index})`).toThrow(RangeError)
      expect(() => events.tokenHigh(index), `tokenHigh(${index})`).toThrow(RangeError)
    }
    for (const index of [undefined, null, '0', {}]) {
      expect(() => events.flags(untyped(index)), `flags(${index})`).toThrow(RangeError)
    }
  })

  test('a released array makes room at once, and can no longer be waited into', () => {
    for (let made = 0; made < 70000; made++) new EpollEvents(1).release()
    const epoll = disposed(new Epoll())
    const events = new EpollEvents(1)
    events.release()
    events.release()
    expect(() => epoll.wait(events, 0)).toThrow(RangeError)
  })

  test('arrays that nobody holds any more make room: 70000 fit where 65536 may live', async () => {
    const outcome = await runProgram(
      `
      for (let made = 0; made < 70000; made++) {
        new rearm.EpollEvents(1)
        if (made % 5000 === 4999) {
          gc()
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      console.log('done')
      `,
      ['--expose-gc'],
    )
    expect(outcome).toEqual({ status: 0, signal: null, stdout: 'done\n', stderr: '' })
  })
})
