import { native } from './availability.js'
import type { EpollParams } from './epoll-calls.js'
import { epollGetParams, epollSetParams, epollWait } from './epoll-calls.js'
import { EpollCreateFlag, EpollOp } from './epoll-constants.js'
import type { EpollEvents } from './epoll-events.js'
import { Errno } from './errno.js'
import { checkOptions } from './options.js'
import { OwnedDescriptor } from './owned-descriptor.js'
import { check } from './system-error.js'

const ctlAdvice = {
  EBADF: 'the descriptor, or the epoll itself, is not open',
  EEXIST: 'it is registered already: modify() changes and re-arms a registration',
  ELOOP: 'epoll instances watch each other in a circle, or are nested deeper than five',
  ENOENT: 'it is not registered, or was closed and its number reused meanwhile',
  ENOSPC: 'the limit /proc/sys/fs/epoll/max_user_watches is reached',
  EPERM: 'regular files and directories are always ready and cannot be watched',
  EINVAL:
    'EXCLUSIVE goes with add() only, and with IN, OUT, ET and WAKEUP only; an epoll cannot watch itself',
} as const

// The kernel takes an int of milliseconds; longer waits go in rounds.
const longestRound = 0x7fffffff

/**
 * An epoll instance that owns its descriptor (CLOEXEC).
 *
 *     using epoll = new Epoll()
 *     epoll.add(fd, EpollFlag.IN | EpollFlag.ET, 7)
 *     const events = new EpollEvents(64)
 *     for (let i = 0, n = epoll.wait(events, 1000); i < n; i++) console.log(events.tokenLow(i))
 */
export class Epoll extends OwnedDescriptor {
  /** epoll_create1(2). @throws {SystemError} `EMFILE`, `ENFILE`, `ENOMEM` */
  constructor() {
    super(check(native.epollCreate1(EpollCreateFlag.CLOEXEC), 'epoll_create1'))
  }

  /**
   * Registers `fd` for `events` (bits of `EpollFlag`) with a token of 64 bits. epoll_ctl(2) `ADD`.
   *
   * @throws {SystemError} `EEXIST`, `EPERM` (a regular file), `EBADF`, `ELOOP`, `EINVAL`, `ENOSPC`
   */
  add(fd: number, events: number, tokenLow = 0, tokenHigh = 0): void {
    check(
      native.epollCtl(this.fd, EpollOp.ADD, fd, events, tokenLow, tokenHigh),
      'epoll_ctl',
      ctlAdvice,
    )
  }

  /**
   * Replaces a registration's events and token, and re-arms it. What is ready already is reported again.
   * epoll_ctl(2) `MOD`.
   *
   * @throws {SystemError} `ENOENT`, `EBADF`, `EINVAL`
   */
  modify(fd: number, events: number, tokenLow = 0, tokenHigh = 0): void {
    check(
      native.epollCtl(this.fd, EpollOp.MOD, fd, events, tokenLow, tokenHigh),
      'epoll_ctl',
      ctlAdvice,
    )
  }

  /**
   * Takes `fd` off the list. Do it before closing: afterwards the number names nothing, or somebody else.
   * epoll_ctl(2) `DEL`.
   *
   * @throws {SystemError} `ENOENT`, `EBADF`
   */
  delete(fd: number): void {
    check(native.epollCtl(this.fd, EpollOp.DEL, fd), 'epoll_ctl', ctlAdvice)
  }

  /**
   * Waits, **blocking the thread**, until something is ready or `timeoutMs` are over (a fraction is rounded up;
   * -1 or Infinity: for ever), and returns the number of events. A signal does not shorten the wait. From another
   * thread only a registered descriptor can end it: register an `EventFd` and write to it.
   *
   * @throws {RangeError} for another negative time: one that is left until a deadline is `Math.max(0, ...)`
   * @throws {SystemError} `EBADF`, `EINVAL`
   */
  wait(events: EpollEvents, timeoutMs = -1): number {
    // A string would be appended to the time of day.
    if (typeof timeoutMs !== 'number') {
      throw new TypeError('Epoll.wait: the "timeoutMs" argument must be a number')
    }
    // Not for ever, as poll(2) would: a deadline that is just past would block the thread.
    if (timeoutMs < 0 && timeoutMs !== -1) {
      throw new RangeError(
        'Epoll.wait: the "timeoutMs" argument must be at least 0, or -1 to wait for ever',
      )
    }
    if (timeoutMs === -1 || timeoutMs === Number.POSITIVE_INFINITY) {
      for (;;) {
        const count = epollWait(this.fd, events, -1)
        if (count !== -Errno.EINTR) return check(count, 'epoll_wait')
      }
    }
    const deadline = performance.now() + timeoutMs
    let left = timeoutMs
    for (;;) {
      const count = epollWait(this.fd, events, Math.min(Math.ceil(left), longestRound))
      if (count > 0 || (count < 0 && count !== -Errno.EINTR)) return check(count, 'epoll_wait')
      if (left === 0) return 0
      left = Math.max(0, deadline - performance.now())
      // A wait that ran to its end is over, whatever the clocks' last digits say.
      if (count === 0 && left < 1) return 0
    }
  }

  /** Busy polling (Linux 6.9). @throws {SystemError} `ENOTTY` before, `EPERM` for a budget above 64 */
  get params(): EpollParams {
    const params = new Float64Array(3)
    check(epollGetParams(this.fd, params), 'ioctl')
    const [busyPollUsecs = 0, busyPollBudget = 0, prefer = 0] = params
    return { busyPollUsecs, busyPollBudget, preferBusyPoll: prefer === 1 }
  }

  set params(params: EpollParams) {
    checkOptions(params, 'Epoll.params: the parameters')
    check(epollSetParams(this.fd, params), 'ioctl')
  }
}
