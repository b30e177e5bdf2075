import { closeSync, openSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  Epoll,
  EpollEvents,
  EpollFlag,
  Errno,
  EventFd,
  epollWait,
  OwnedDescriptor,
  SystemError,
} from '../../src/index.js'
import { close, FcntlCommand, FdFlag, fcntl } from '../../src/io/index.js'
import { nextBatch, readyNow } from '../batches.js'
import { Capability, capable } from '../capabilities.js'
import { disposed, expectNoLeak, owned } from '../descriptors.js'
import { runProgram, untilAsleep } from '../programs.js'
import { untyped } from '../untyped.js'

expectNoLeak()

const failing = (code: string, syscall: string) =>
  expect.objectContaining({ name: 'SystemError', code, syscall, errno: -Errno[code as 'EBADF'] })

describe('Epoll owns its descriptor', () => {
  test('which is CLOEXEC, and closed once', () => {
    const epoll = new Epoll()
    const { fd } = epoll
    expect(epoll).toBeInstanceOf(OwnedDescriptor)
    expect(epoll.closed).toBe(false)
    expect(fcntl(fd, FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
    epoll.close()
    expect(epoll.closed).toBe(true)
    expect(epoll.fd).toBe(-1)
    expect(fcntl(fd, FcntlCommand.GETFD)).toBe(-Errno.EBADF)
    epoll.close()
  })

  test('at the end of a using block', () => {
    let fd: number
    {
      using epoll = new Epoll()
      fd = epoll.fd
    }
    expect(fcntl(fd, FcntlCommand.GETFD)).toBe(-Errno.EBADF)
  })

  test('until release() hands it over', () => {
    const epoll = new Epoll()
    const fd = owned(epoll.release())
    expect(epoll.closed).toBe(true)
    epoll.close()
    expect(fcntl(fd, FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
    expect(epoll.release()).toBe(-1)
  })

  test('every use after close is EBADF', () => {
    const epoll = new Epoll()
    const bell = disposed(new EventFd())
    epoll.close()
    expect(() => epoll.add(bell.fd, EpollFlag.IN)).toThrow(failing('EBADF', 'epoll_ctl'))
    expect(() => epoll.modify(bell.fd, EpollFlag.IN)).toThrow(failing('EBADF', 'epoll_ctl'))
    expect(() => epoll.delete(bell.fd)).toThrow(failing('EBADF', 'epoll_ctl'))
    expect(() => epoll.wait(new EpollEvents(1), 0)).toThrow(failing('EBADF', 'epoll_wait'))
    expect(() => epoll.wait(new EpollEvents(1))).toThrow(failing('EBADF', 'epoll_wait'))
    expect(() => epoll.params).toThrow(failing('EBADF', 'ioctl'))
  })
})

describe('the interest list', () => {
  test('add, modify and delete', () => {
    const epoll = disposed(new Epoll())
    const bell = disposed(new EventFd({ initial: 1 }))
    epoll.add(bell.fd, EpollFlag.IN, 1, 2)
    expect(nextBatch(epoll)).toEqual([{ flags: EpollFlag.IN, low: 1, high: 2 }])
    epoll.modify(bell.fd, EpollFlag.IN | EpollFlag.OUT, 3, 4)
    expect(nextBatch(epoll)).toEqual([{ flags: EpollFlag.IN | EpollFlag.OUT, low: 3, high: 4 }])
    epoll.delete(bell.fd)
    expect(readyNow(epoll)).toEqual([])
  })

  test('tokens default to 0', () => {
    const epoll = disposed(new Epoll())
    const bell = disposed(new EventFd({ initial: 1 }))
    epoll.add(bell.fd, EpollFlag.IN)
    expect(nextBatch(epoll)).toEqual([{ flags: EpollFlag.IN, low: 0, high: 0 }])
    epoll.modify(bell.fd, EpollFlag.OUT, 9, 9)
    epoll.modify(bell.fd, EpollFlag.IN)
    expect(nextBatch(epoll)).toEqual([{ flags: EpollFlag.IN, low: 0, high: 0 }])
  })

  test('an error says what is the matter', () => {
    const epoll = disposed(new Epoll())
    const bell = disposed(new EventFd())
    epoll.add(bell.fd, EpollFlag.IN)
    expect(() => epoll.add(bell.fd, EpollFlag.IN)).toThrow(
      /^EEXIST: file exists, epoll_ctl \(it is registered already/,
    )
    epoll.delete(bell.fd)
    expect(() => epoll.delete(bell.fd)).toThrow(/^ENOENT: .*not registered/)
    expect(() => epoll.add(epoll.fd, EpollFlag.IN)).toThrow(/^EINVAL: .*cannot watch itself/)
    expect(() => epoll.add(-1, EpollFlag.IN)).toThrow(/^EBADF: .*not open/)
    const file = openSync(import.meta.filename, 'r')
    try {
      expect(() => epoll.add(file, EpollFlag.IN)).toThrow(/^EPERM: .*regular files/)
    } finally {
      closeSync(file)
    }
  })

  test('epolls that watch each other are ELOOP', () => {
    const epolls = Array.from({ length: 6 }, () => disposed(new Epoll()))
    const link = (outer: number, inner: number) =>
      epolls[outer]?.add(epolls[inner]?.fd ?? -1, EpollFlag.IN)
    // Nested five deep is legal; a circle, or one more, is not.
    for (const outer of [3, 2, 1, 0]) link(outer, outer + 1)
    expect(() => link(4, 0)).toThrow(failing('ELOOP', 'epoll_ctl'))
    expect(() => link(4, 2)).toThrow(failing('ELOOP', 'epoll_ctl'))
    expect(() => link(5, 0)).toThrow(failing('ELOOP', 'epoll_ctl'))
    expect(() => link(4, 5)).toThrow(failing('ELOOP', 'epoll_ctl'))
    link(5, 1)
  })
})

describe('wait', () => {
  test('[H1] a time of 0 still polls', () => {
    const epoll = disposed(new Epoll())
    const bell = disposed(new EventFd())
    epoll.add(bell.fd, EpollFlag.IN)
    expect(epoll.wait(new EpollEvents(1), 0)).toBe(0)
    bell.write()
    expect(epoll.wait(new EpollEvents(1), 0)).toBe(1)
  })

  test('waits for ever by default, and with -1 or Infinity', () => {
    const epoll = disposed(new Epoll())
    const bell = disposed(new EventFd({ initial: 1 }))
    epoll.add(bell.fd, EpollFlag.IN)
    const events = new EpollEvents(1)
    expect(epoll.wait(events)).toBe(1)
    for (const timeout of [-1, Number.POSITIVE_INFINITY]) {
      expect(epoll.wait(events, timeout)).toBe(1)
    }
  })

  test('takes longer times than the kernel does', () => {
    const epoll = disposed(new Epoll())
    const bell = disposed(new EventFd({ initial: 1 }))
    epoll.add(bell.fd, EpollFlag.IN)
    expect(epoll.wait(new EpollEvents(1), 2 ** 40)).toBe(1)
  })

  test('[H2] [H3] a fraction is rounded up: it never returns early', () => {
    const epoll = disposed(new Epoll())
    const events = new EpollEvents(1)
    for (const timeout of [0.1, 0.9, 1, 1.5, 3.25]) {
      const begin = process.hrtime.bigint()
      expect(epoll.wait(events, timeout)).toBe(0)
      expect(Number(process.hrtime.bigint() - begin)).toBeGreaterThanOrEqual(timeout * 1e6)
    }
  })

  test('a deadline that is past does not wait for ever', () => {
    const epoll = disposed(new Epoll())
    for (const timeout of [-0.5, -2, Number.NEGATIVE_INFINITY]) {
      expect(() => epoll.wait(new EpollEvents(1), timeout)).toThrow(RangeError)
    }
  })

  test('a time that is no number is refused', () => {
    const epoll = disposed(new Epoll())
    expect(() => epoll.wait(new EpollEvents(1), Number.NaN)).toThrow(RangeError)
    expect(() => epoll.wait(untyped({}), 0)).toThrow(TypeError)
  })

  test('an epoll whose number was closed behind its back is EBADF', () => {
    const epoll = new Epoll()
    close(epoll.fd)
    expect(() => epoll.wait(new EpollEvents(1), 0)).toThrow(SystemError)
    expect(() => epoll.close()).toThrow(failing('EBADF', 'close'))
  })

  // Sends a signal whenever the main thread sleeps, until it is over; with a bell three times, and rings it when it sleeps again.
  const interrupter = `
    const { parentPort, workerData: { state, bell } } = require('node:worker_threads')
    const { readFileSync, writeSync } = require('node:fs')
    ${untilAsleep}
    const switches = () => {
      const status = readFileSync('/proc/self/task/' + process.pid + '/status', 'latin1')
      return Number(/^voluntary_ctxt_switches:\\s*(\\d+)/m.exec(status)[1])
    }
    const over = () => Atomics.load(state, 1) === 1
    parentPort.postMessage('here')
    Atomics.wait(state, 0, 0)
    for (let signals = 0; !over() && (bell === undefined || signals < 3); signals++) {
      untilAsleep(process.pid)
      const before = switches()
      process.kill(process.pid, 'SIGUSR2')
      while (switches() === before && !over()) {}
    }
    if (bell !== undefined) {
      untilAsleep(process.pid)
      writeSync(bell, new Uint8Array(new BigUint64Array([1n]).buffer))
    }
  `
  const interrupted = (withBell: boolean) => `
    const { Worker } = await import('node:worker_threads')
    process.on('SIGUSR2', () => {})
    const bell = new rearm.EventFd()
    const epoll = new rearm.Epoll()
    epoll.add(bell.fd, rearm.EpollFlag.IN)
    const state = new Int32Array(new SharedArrayBuffer(8))
    const workerData = { state, bell: ${withBell ? 'bell.fd' : 'undefined'} }
    const worker = new Worker(${JSON.stringify(interrupter)}, { eval: true, workerData, execArgv: [] })
    await new Promise((resolve) => worker.once('message', resolve))
    const events = new rearm.EpollEvents(1)
    Atomics.store(state, 0, 1)
    Atomics.notify(state, 0)
  `

  test('[G7] a signal interrupts the call', async () => {
    const outcome = await runProgram(`${interrupted(false)}
      console.log(rearm.epollWait(epoll.fd, events, 30000))
      Atomics.store(state, 1, 1)
    `)
    expect(outcome).toEqual({ status: 0, signal: null, stdout: '-4\n', stderr: '' })
  })

  test('[G7] a signal does not end Epoll.wait', async () => {
    const outcome = await runProgram(`${interrupted(true)}
      console.log(epoll.wait(events), epoll.wait(events, 30000), bell.read())
      Atomics.store(state, 1, 1)
    `)
    expect(outcome).toEqual({ status: 0, signal: null, stdout: '1 1 1n\n', stderr: '' })
  })

  test('[G7] [H2] signals do not shorten the time of Epoll.wait', async () => {
    const outcome = await runProgram(`${interrupted(false)}
      const begin = process.hrtime.bigint()
      console.log(epoll.wait(events, 100), process.hrtime.bigint() - begin >= 100_000_000n)
      Atomics.store(state, 1, 1)
    `)
    expect(outcome).toEqual({ status: 0, signal: null, stdout: '0 true\n', stderr: '' })
  })
})

describe('params', () => {
  test('are read back as they were set', () => {
    const epoll = disposed(new Epoll())
    expect(epoll.params).toEqual({ busyPollUsecs: 0, busyPollBudget: 0, preferBusyPoll: false })
    epoll.params = { busyPollUsecs: 100, busyPollBudget: 64, preferBusyPoll: true }
    expect(epoll.params).toEqual({ busyPollUsecs: 100, busyPollBudget: 64, preferBusyPoll: true })
  })

  test('a budget above 64 takes CAP_NET_ADMIN', () => {
    const epoll = disposed(new Epoll())
    const set = () => {
      epoll.params = { busyPollUsecs: 1, busyPollBudget: 65, preferBusyPoll: false }
    }
    if (capable(Capability.NET_ADMIN)) {
      set()
      expect(epoll.params.busyPollBudget).toBe(65)
    } else {
      expect(set).toThrow(failing('EPERM', 'ioctl'))
    }
  })

  test('what the kernel refuses is EINVAL', () => {
    const epoll = disposed(new Epoll())
    expect(() => {
      epoll.params = { busyPollUsecs: 2 ** 31, busyPollBudget: 0, preferBusyPoll: false }
    }).toThrow(failing('EINVAL', 'ioctl'))
  })
})

test('the array of events can be used with several epolls', () => {
  const events = new EpollEvents(4)
  for (const token of [1, 2]) {
    const epoll = disposed(new Epoll())
    const bell = disposed(new EventFd({ initial: 1 }))
    epoll.add(bell.fd, EpollFlag.IN, token)
    expect(epollWait(epoll.fd, events, 0)).toBe(1)
    expect(events.tokenLow(0)).toBe(token)
  }
})
