import { constants } from 'node:os'
import { native } from './availability.js'
import { Errno } from './errno.js'
import { OwnedDescriptor } from './owned-descriptor.js'
import type { SignalName } from './signal-name.js'
import { check, SystemError } from './system-error.js'

/** Flags of pidfd_open(2). Every pidfd is CLOEXEC. */
export const PidfdFlag = { NONBLOCK: 0x800, THREAD: 0x80 } as const

/** Options of waitid(2). */
export const WaitOption = { NOHANG: 1, EXITED: 4, NOWAIT: 0x1000000 } as const

/** pidfd_open(2), Linux 5.3. Returns the descriptor or `-errno` (`-ESRCH`: no such process). */
export const pidfdOpen: (pid: number, flags: number) => number = native.pidfdOpen

/** pidfd_send_signal(2). Returns 0 or `-errno`. Signal 0 only asks whether the process is there. */
export const pidfdSendSignal: (pidfd: number, signal: number) => number = native.pidfdSendSignal

/**
 * waitid(2) with `P_PIDFD`. Returns 0 or `-errno`, and fills [pid, code, status] (pid 0: nothing to report).
 * Without `WaitOption.NOHANG` it blocks, unless the pidfd is NONBLOCK (then `-EAGAIN`).
 */
export const waitid: (pidfd: number, options: number, status: Int32Array) => number = native.waitid

/** How a process ended. */
export interface ProcessEnd {
  readonly pid: number
  /** The exit status, or `null` when a signal ended it. */
  readonly exitCode: number | null
  /** The signal's number, or `null`. */
  readonly signal: number | null
}

const CLD_EXITED = 1

/**
 * A process that cannot be mistaken for another one, however often its number is reused. The descriptor becomes
 * readable when the process has ended: wait for it with an epoll.
 */
export class PidFd extends OwnedDescriptor {
  /** pidfd_open(2). @throws {SystemError} `ESRCH` (no such process), `EINVAL`, `ENOSYS` */
  constructor(pid: number) {
    super(check(native.pidfdOpen(pid, 0), 'pidfd_open'))
  }

  /**
   * pidfd_send_signal(2).
   *
   * @param signal a number, or a name as in `process.kill`
   * @throws {TypeError} for an unknown name
   * @throws {SystemError} `ESRCH` (it has ended), `EPERM`, `EINVAL`
   */
  sendSignal(signal: SignalName | number): void {
    const number = typeof signal === 'number' ? signal : constants.signals[signal]
    if (number === undefined) throw new TypeError(`PidFd.sendSignal: unknown signal ${signal}`)
    check(native.pidfdSendSignal(this.fd, number), 'pidfd_send_signal')
  }

  /**
   * Takes the end of a child process of ours, without blocking. `undefined`: it runs still.
   *
   * Not of a child that `node:child_process` started: whoever takes the end first has it, and a `ChildProcess` that it was
   * taken from never emits `exit` and keeps the process alive. There, wait for the descriptor and ask the `ChildProcess`,
   * or look without taking: `waitid` with `WaitOption.NOWAIT`.
   *
   * @throws {SystemError} `ECHILD`: it is no child of this process, or its end was taken already
   */
  wait(): ProcessEnd | undefined {
    // waitid(2) itself says EINVAL of -1.
    if (this.closed) throw new SystemError(Errno.EBADF, 'waitid')
    const status = new Int32Array(3)
    check(native.waitid(this.fd, WaitOption.NOHANG | WaitOption.EXITED, status), 'waitid')
    const [pid = 0, code = 0, value = 0] = status
    if (pid === 0) return undefined
    const exited = code === CLD_EXITED
    return { pid, exitCode: exited ? value : null, signal: exited ? null : value }
  }
}
