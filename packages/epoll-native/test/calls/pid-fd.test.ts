import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import {
  EpollFlag,
  Errno,
  PidFd,
  PidfdFlag,
  pidfdOpen,
  pidfdSendSignal,
  WaitOption,
  waitid,
} from '../../src/index.js'
import { FcntlCommand, FdFlag, FileFlag, fcntl } from '../../src/io/index.js'
import { disposed, expectNoLeak, owned, readiness } from '../descriptors.js'
import { runProgram } from '../programs.js'
import { untyped } from '../untyped.js'

expectNoLeak()

const beyondAnyProcess = 0x7fffffff

/** A process that lives until it gets a signal. */
async function sleeper() {
  const child = spawn('sleep', ['3600'], { stdio: 'ignore' })
  const exit = once(child, 'exit')
  await once(child, 'spawn')
  if (child.pid === undefined) throw new Error('sleep did not start')
  return { pid: child.pid, exit }
}

describe('pidfdOpen', () => {
  test('opens a process, CLOEXEC, and NONBLOCK when asked', () => {
    const fd = owned(pidfdOpen(process.pid, 0))
    expect(fcntl(fd, FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
    const quiet = owned(pidfdOpen(process.pid, PidfdFlag.NONBLOCK))
    expect((fcntl(quiet, FcntlCommand.GETFL) & FileFlag.NONBLOCK) !== 0).toBe(true)
  })

  test('answers as the kernel does', () => {
    expect(pidfdOpen(beyondAnyProcess, 0)).toBe(-Errno.ESRCH)
    expect(pidfdOpen(0, 0)).toBe(-Errno.EINVAL)
    expect(pidfdOpen(-1, 0)).toBe(-Errno.EINVAL)
    expect(pidfdOpen(process.pid, 1)).toBe(-Errno.EINVAL)
  })

  test('wrong arguments are refused', () => {
    expect(() => pidfdOpen(0.5, 0)).toThrow(RangeError)
    expect(() => pidfdOpen(2 ** 31, 0)).toThrow(RangeError)
    expect(() => pidfdOpen(untyped('1'), 0)).toThrow(TypeError)
  })
})

describe('pidfdSendSignal', () => {
  test('signal 0 asks whether the process is there', () => {
    expect(pidfdSendSignal(owned(pidfdOpen(process.pid, 0)), 0)).toBe(0)
  })

  test('answers as the kernel does', () => {
    const self = owned(pidfdOpen(process.pid, 0))
    expect(pidfdSendSignal(-1, 0)).toBe(-Errno.EBADF)
    expect(pidfdSendSignal(self, 999)).toBe(-Errno.EINVAL)
    expect(pidfdSendSignal(self, -1)).toBe(-Errno.EINVAL)
    expect(() => pidfdSendSignal(self, 0.5)).toThrow(RangeError)
    expect(() => pidfdSendSignal(self, untyped('SIGTERM'))).toThrow(TypeError)
  })
})

describe('waitid', () => {
  test('reports the end of a child, and leaves it with NOWAIT', async () => {
    const { pid, exit } = await sleeper()
    const fd = owned(pidfdOpen(pid, 0))
    const options = WaitOption.EXITED | WaitOption.NOHANG | WaitOption.NOWAIT
    const status = Int32Array.of(7, 7, 7)
    expect(waitid(fd, options, status)).toBe(0)
    expect([...status]).toEqual([0, 0, 0])
    expect(pidfdSendSignal(fd, 9)).toBe(0)
    expect(readiness(fd)).toBe(EpollFlag.IN)
    const killed = [pid, 2, 9]
    for (let i = 0; i < 2; i++) {
      expect(waitid(fd, options, status)).toBe(0)
      expect([...status]).toEqual(killed)
    }
    expect(await exit).toEqual([null, 'SIGKILL'])
  })

  test('a NONBLOCK pidfd of a process that runs is -EAGAIN', async () => {
    const { pid, exit } = await sleeper()
    const fd = owned(pidfdOpen(pid, PidfdFlag.NONBLOCK))
    expect(waitid(fd, WaitOption.EXITED, new Int32Array(3))).toBe(-Errno.EAGAIN)
    expect(pidfdSendSignal(fd, 15)).toBe(0)
    expect(await exit).toEqual([null, 'SIGTERM'])
  })

  test('answers as the kernel does', () => {
    const self = owned(pidfdOpen(process.pid, 0))
    const status = new Int32Array(3)
    expect(waitid(self, WaitOption.EXITED, status)).toBe(-Errno.ECHILD)
    expect(waitid(self, WaitOption.NOHANG, status)).toBe(-Errno.EINVAL)
    expect(waitid(beyondAnyProcess, WaitOption.EXITED, status)).toBe(-Errno.EBADF)
    expect(() => waitid(self, WaitOption.EXITED, new Int32Array(2))).toThrow(RangeError)
    expect(() => waitid(self, WaitOption.EXITED, untyped(new Uint32Array(3)))).toThrow(TypeError)
  })
})

describe('PidFd', () => {
  test('becomes readable when the process ends; then signals are ESRCH', async () => {
    const { pid, exit } = await sleeper()
    const child = disposed(new PidFd(pid))
    child.sendSignal(0)
    expect(readiness(child.fd, EpollFlag.IN, 0)).toBe(0)
    expect(child.wait()).toBeUndefined()
    child.sendSignal('SIGTERM')
    expect(readiness(child.fd)).toBe(EpollFlag.IN)
    expect(await exit).toEqual([null, 'SIGTERM'])
    expect(() => child.sendSignal('SIGTERM')).toThrow(
      expect.objectContaining({ code: 'ESRCH', syscall: 'pidfd_send_signal' }),
    )
    // Node has taken the end of its child by now.
    expect(() => child.wait()).toThrow(
      expect.objectContaining({ code: 'ECHILD', syscall: 'waitid' }),
    )
  })

  test('wait() takes the exit status, or the signal', async () => {
    const outcome = await runProgram(
      `
      const { spawn } = await import('node:child_process')
      for (const command of ['exit 3', 'exit 0', 'kill -9 $$']) {
        const child = spawn('sh', ['-c', command], { stdio: 'ignore' })
        child.unref()
        using pidfd = new rearm.PidFd(child.pid)
        using epoll = new rearm.Epoll()
        epoll.add(pidfd.fd, rearm.EpollFlag.IN)
        epoll.wait(new rearm.EpollEvents(1))
        const { pid, ...end } = pidfd.wait()
        console.log(pid === child.pid, JSON.stringify(end))
        try { pidfd.wait() } catch ({ code }) { console.log(code) }
      }
    `.replaceAll('using ', 'const '),
    )
    expect(outcome).toEqual({
      status: 0,
      signal: null,
      stdout:
        'true {"exitCode":3,"signal":null}\nECHILD\n' +
        'true {"exitCode":0,"signal":null}\nECHILD\n' +
        'true {"exitCode":null,"signal":9}\nECHILD\n',
      stderr: '',
    })
  })

  test('unknown signal names are refused', () => {
    const self = disposed(new PidFd(process.pid))
    for (const name of [
      'SIGNOTHING',
      '',
      'toString',
      '__proto__',
      'sigterm',
      undefined,
      null,
      {},
    ]) {
      expect(() => self.sendSignal(untyped(name)), String(name)).toThrow(TypeError)
    }
    for (const number of [0.5, Number.NaN])
      expect(() => self.sendSignal(number)).toThrow(RangeError)
    expect(() => self.sendSignal(999)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
  })

  test('no such process, and a closed one', () => {
    expect(() => new PidFd(beyondAnyProcess)).toThrow(
      expect.objectContaining({ code: 'ESRCH', syscall: 'pidfd_open' }),
    )
    expect(() => new PidFd(0)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
    const self = new PidFd(process.pid)
    self.close()
    expect(() => self.sendSignal(0)).toThrow(expect.objectContaining({ code: 'EBADF' }))
    expect(() => self.wait()).toThrow(expect.objectContaining({ code: 'EBADF', syscall: 'waitid' }))
  })
})
