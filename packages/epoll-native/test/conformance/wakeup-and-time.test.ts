import { describe, expect, test } from 'vitest'
import { Epoll, EpollEvents, EpollFlag, EventFd, TimerFd } from '../../src/index.js'
import { flagsOf, nextBatch, readyNow, tokensOf } from '../batches.js'
import { disposed, expectNoLeak } from '../descriptors.js'
import { runProgram, Thread } from '../programs.js'

expectNoLeak()

const { IN, ET } = EpollFlag
const newEpoll = () => disposed(new Epoll())
const newBell = (initial = 0) => disposed(new EventFd({ initial }))

describe('G. wakeup', () => {
  test('[G1] many rings before a wait are one event and one count', () => {
    const epoll = newEpoll()
    const bell = newBell()
    epoll.add(bell.fd, IN | ET)
    for (let i = 0; i < 1000; i++) bell.write()
    expect(flagsOf(nextBatch(epoll))).toEqual([IN])
    expect(readyNow(epoll)).toEqual([])
    expect(bell.read()).toBe(1000n)
  })

  test.each([
    { name: 'read each time', flags: IN, reads: true },
    { name: 'edge-triggered and never read', flags: IN | ET, reads: false },
  ])('[G2] rings that are separated by a wait are a return each ($name)', ({ flags, reads }) => {
    const epoll = newEpoll()
    const bell = newBell()
    epoll.add(bell.fd, flags)
    for (let ring = 0; ring < 10; ring++) {
      bell.write()
      expect(flagsOf(nextBatch(epoll))).toEqual([IN])
      if (reads) expect(bell.read()).toBe(1n)
      expect(readyNow(epoll)).toEqual([])
    }
  })

  test('[G3] a ring before the wait is not lost', () => {
    const epoll = newEpoll()
    const bell = newBell(1)
    epoll.add(bell.fd, IN)
    expect(flagsOf(nextBatch(epoll, -1))).toEqual([IN])
  })

  test('[G3] a ring from another thread wakes a blocked wait', async () => {
    const epoll = newEpoll()
    const bell = newBell()
    epoll.add(bell.fd, IN)
    const go = new Int32Array(new SharedArrayBuffer(4))
    await using thread = new Thread(
      `
      parentPort.postMessage('here')
      Atomics.wait(workerData.go, 0, 0)
      untilAsleep(process.pid)
      parentPort.postMessage(rearm.EventFd.write(workerData.fd, 3n))
      `,
      { go, fd: bell.fd },
    )
    expect(await thread.message()).toBe('here')
    Atomics.store(go, 0, 1)
    Atomics.notify(go, 0)
    expect(epoll.wait(new EpollEvents(1))).toBe(1)
    expect(bell.read()).toBe(3n)
    expect(await thread.message()).toBe(true)
    await thread.ended()
  })

  test('[G5] a ring that races the close is counted or EBADF, and a closed bell always refuses', async () => {
    // In a process where nobody else could be given the number meanwhile.
    const outcome = await runProgram(`
      const { Worker } = await import('node:worker_threads')
      const rounds = 300
      const state = new Int32Array(new SharedArrayBuffer(16))
      const ringer = \`
        const { parentPort, workerData: { state, rounds, io } } = require('node:worker_threads')
        import(io).then(({ write }) => {
          const one = new Uint8Array(new BigUint64Array([1n]).buffer)
          parentPort.postMessage('here')
          for (let round = 1; round <= rounds; round++) {
            while (Atomics.load(state, 0) < round) {}
            Atomics.store(state, 2, write(Atomics.load(state, 1), one))
            Atomics.store(state, 3, round)
            Atomics.notify(state, 3)
          }
        })
      \`
      const workerData = { state, rounds, io: ioUrl }
      const worker = new Worker(ringer, { eval: true, execArgv: [], workerData })
      await new Promise((resolve) => worker.once('message', resolve))
      const strange = new Set()
      for (let round = 1; round <= rounds; round++) {
        const bell = new rearm.EventFd()
        Atomics.store(state, 1, bell.fd)
        Atomics.store(state, 0, round)
        bell.close()
        while (Atomics.load(state, 3) < round) Atomics.wait(state, 3, round - 1)
        const answer = Atomics.load(state, 2)
        if (answer !== 8 && answer !== -rearm.Errno.EBADF) strange.add(answer)
        try { bell.write(); strange.add('a closed bell rang') }
        catch ({ code }) { if (code !== 'EBADF') strange.add(code) }
      }
      console.log([...strange].join())
    `)
    expect(outcome).toEqual({ status: 0, signal: null, stdout: '\n', stderr: '' })
  })

  test('[G6] an edge-triggered bell that nobody reads does not spin, a level-triggered one does', () => {
    const epoll = newEpoll()
    const bell = newBell(1)
    epoll.add(bell.fd, IN | ET)
    expect(flagsOf(readyNow(epoll))).toEqual([IN])
    for (let i = 0; i < 100; i++) expect(readyNow(epoll)).toEqual([])
    epoll.modify(bell.fd, IN)
    for (let i = 0; i < 100; i++) expect(flagsOf(readyNow(epoll))).toEqual([IN])
    bell.read()
    expect(readyNow(epoll)).toEqual([])
  })

  test('[G6] a bell that is full still wakes: the write answers false', () => {
    const epoll = newEpoll()
    const bell = newBell()
    epoll.add(bell.fd, IN | EpollFlag.OUT)
    bell.write(2n ** 64n - 2n)
    expect(bell.write()).toBe(false)
    expect(flagsOf(readyNow(epoll))).toEqual([IN])
  })
})

describe('H. time', () => {
  test('[H1] a wait of 0 sees what is ready', () => {
    const epoll = newEpoll()
    epoll.add(newBell(1).fd, IN)
    expect(epoll.wait(new EpollEvents(1), 0)).toBe(1)
  })

  test('[H2] a timer is never early, on a wait that has no end', () => {
    const epoll = newEpoll()
    const timer = disposed(new TimerFd())
    epoll.add(timer.fd, IN)
    for (const value of [1n, 100_000n, 2_000_000n]) {
      const begin = process.hrtime.bigint()
      timer.set({ value })
      expect(flagsOf(nextBatch(epoll, -1))).toEqual([IN])
      expect(process.hrtime.bigint() - begin).toBeGreaterThanOrEqual(value)
      expect(timer.read()).toBe(1n)
    }
  })

  test('[H3] a wait of less than a millisecond is rounded up, not to a busy loop of zero', () => {
    const epoll = newEpoll()
    const begin = process.hrtime.bigint()
    expect(epoll.wait(new EpollEvents(1), 0.001)).toBe(0)
    expect(process.hrtime.bigint() - begin).toBeGreaterThanOrEqual(1_000_000n)
  })

  test('[H5] a timer that is disarmed while its event is in the batch reads as not expired', () => {
    const epoll = newEpoll()
    const timers = [1, 2].map((token) => {
      const timer = disposed(new TimerFd())
      timer.set({ value: 0 })
      epoll.add(timer.fd, IN, token)
      return timer
    })
    const events = new EpollEvents(2)
    for (let count = 0; count < 2; ) count = epoll.wait(events)
    for (const timer of timers) timer.disarm()
    expect(timers.map((timer) => timer.read())).toEqual([undefined, undefined])
    expect(readyNow(epoll)).toEqual([])
  })

  test('[H5] a timer that is set anew while its event is in the batch has not expired either', () => {
    const epoll = newEpoll()
    const timer = disposed(new TimerFd())
    timer.set({ value: 0 })
    epoll.add(timer.fd, IN, 1)
    expect(tokensOf(nextBatch(epoll))).toEqual([1])
    timer.set({ value: 3_600_000_000_000n })
    expect(timer.read()).toBeUndefined()
    expect(readyNow(epoll)).toEqual([])
  })
})
