import { native } from './availability.js'
import { EpollEvents } from './epoll-events.js'
import { placeControl, takeResult } from './frame.js'

// Constants of the module: read from the addon at every call, they would be looked up at every call.
const { epollCtlFramed } = native

/**
 * epoll_create1(2). Returns the new epoll descriptor or `-errno`. Pass `EpollCreateFlag.CLOEXEC`, unless a
 * child process is meant to inherit it.
 */
export const epollCreate1: (flags: number) => number = native.epollCreate1

/**
 * epoll_ctl(2). Returns 0 or `-errno`. The token is 64 bits of the caller's in two lanes, given back by
 * `EpollEvents`. Bits may be given signed, as `|` yields them.
 */
export function epollCtl(
  epfd: number,
  op: number,
  fd: number,
  events?: number,
  tokenLow?: number,
  tokenHigh?: number,
): number {
  if (!placeControl(epfd, op, fd, events, tokenLow, tokenHigh)) {
    return native.epollCtl(epfd, op, fd, events, tokenLow, tokenHigh)
  }
  epollCtlFramed()
  return takeResult()
}

/**
 * epoll_wait(2). Fills `events` and returns how many there are (0: time is up), or `-errno` (`-EINTR`: a signal
 * handler ran). `timeoutMs`: -1 waits for ever, **blocking the thread**, and 0 not at all.
 */
export function epollWait(epfd: number, events: EpollEvents, timeoutMs: number): number {
  return native.epollWait(epfd, EpollEvents.idOf(events), timeoutMs)
}

/**
 * epoll_pwait2(2) without a signal mask: as `epollWait`, with the time in nanoseconds (an integer; -1: for
 * ever). Linux 5.11; `-ENOSYS` before.
 */
export function epollPwait2(epfd: number, events: EpollEvents, timeoutNs: number): number {
  return native.epollPwait2(epfd, EpollEvents.idOf(events), timeoutNs)
}

/** How an epoll instance busy-polls network queues (ioctl_eventpoll(2), Linux 6.9). */
export interface EpollParams {
  /** Microseconds to poll for; 0: not at all. */
  readonly busyPollUsecs: number
  /** Packets per poll, up to 65535. Above 64 it needs `CAP_NET_ADMIN`. */
  readonly busyPollBudget: number
  readonly preferBusyPoll: boolean
}

/** ioctl(2) `EPIOCSPARAMS`. Returns 0 or `-errno` (`-ENOTTY` before Linux 6.9). */
export function epollSetParams(epfd: number, params: EpollParams): number {
  // Whatever is true would do otherwise, 'false' included.
  if (typeof params.preferBusyPoll !== 'boolean') {
    throw new TypeError('epollSetParams: preferBusyPoll must be a boolean')
  }
  return native.epollSetParams(
    epfd,
    params.busyPollUsecs,
    params.busyPollBudget,
    params.preferBusyPoll ? 1 : 0,
  )
}

/** ioctl(2) `EPIOCGPARAMS`. Fills [microseconds, budget, prefer] and returns 0, or returns `-errno`. */
export const epollGetParams: (epfd: number, params: Float64Array) => number = native.epollGetParams
