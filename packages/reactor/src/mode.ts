import { EpollFlag } from '@rearm/epoll-native'
import { InvalidRegistrationError } from './errors.js'
import { Interest, interestMask } from './interest.js'

/**
 * When a ready descriptor is reported (epoll(7)).
 *
 * - `level`: in every turn, as long as it is ready.
 * - `edge`: once, when it becomes ready; read until EAGAIN, or call `again()`.
 * - `oneshot`: once, then silent until `rearm()`. The mode for lending.
 * - `edge-oneshot`: both.
 * - `exclusive`: level, and of several reactors that wait on one descriptor not all are woken.
 */
export type Mode = 'level' | 'edge' | 'oneshot' | 'edge-oneshot' | 'exclusive'

const bits: Readonly<Record<Mode, number>> = {
  level: 0,
  edge: EpollFlag.ET,
  oneshot: EpollFlag.ONESHOT,
  'edge-oneshot': EpollFlag.ET | EpollFlag.ONESHOT,
  exclusive: EpollFlag.EXCLUSIVE,
}

const modeMask = EpollFlag.ET | EpollFlag.ONESHOT | EpollFlag.EXCLUSIVE

/** The kernel's mask for an interest in a mode, unsigned. @throws {InvalidRegistrationError} */
export function toEvents(interest: number, mode: Mode): number {
  if (!Object.hasOwn(bits, mode)) {
    throw new InvalidRegistrationError(
      `the mode must be one of ${Object.keys(bits).join(', ')}, not ${String(mode)}`,
    )
  }
  if (!Number.isInteger(interest) || (interest & ~interestMask) !== 0 || interest > interestMask) {
    throw new InvalidRegistrationError(
      'the interest must be a combination of Interest.READABLE, WRITABLE and PRIORITY',
    )
  }
  if (mode !== 'exclusive') return (interest | bits[mode]) >>> 0
  if ((interest & Interest.PRIORITY) !== 0) {
    throw new InvalidRegistrationError(
      'exclusive goes with READABLE and WRITABLE only (epoll_ctl(2))',
    )
  }
  // EPOLLRDHUP beside EPOLLEXCLUSIVE is EINVAL; the end of the stream is readable all the same.
  return ((interest & ~EpollFlag.RDHUP) | bits.exclusive) >>> 0
}

/** The same mask with another interest: the mode's bits stay. @throws {InvalidRegistrationError} */
export function changeInterest(events: number, interest: number): number {
  return (toEvents(interest, 'level') | (events & modeMask)) >>> 0
}

/** Whether a registration in this mode falls silent when it has fired. */
export function isOneshot(mode: Mode): boolean {
  return mode === 'oneshot' || mode === 'edge-oneshot'
}
