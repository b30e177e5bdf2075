import { isAvailable, native } from './availability.js'
import { EpollOp } from './epoll-constants.js'

/**
 * How a hot call hands over its arguments: as numbers in memory that the addon knows, where it also leaves its result.
 * Node-API takes a call for each of them, which together cost more than the rest of ours. A call that cannot be
 * made this way goes the ordinary one, whose errors say what was wrong with it.
 */
const words = shared()

/** Places (fd, buffer, offset, length, flags). False: go the ordinary way. */
export function placeTransfer(
  fd: unknown,
  buffer: unknown,
  offset: unknown,
  length: unknown,
  flags: unknown,
): boolean {
  if (
    typeof fd !== 'number' ||
    typeof buffer !== 'number' ||
    typeof flags !== 'number' ||
    !isOptional(offset) ||
    !isOptional(length)
  ) {
    return false
  }
  words[0] = fd
  words[1] = buffer
  words[2] = offset
  words[3] = length
  words[4] = flags
  return true
}

/** Places (epfd, op, fd, events, tokenLow, tokenHigh). False: go the ordinary way. */
export function placeControl(
  epfd: unknown,
  op: unknown,
  fd: unknown,
  events: unknown,
  tokenLow: unknown,
  tokenHigh: unknown,
): boolean {
  if (
    typeof epfd !== 'number' ||
    typeof op !== 'number' ||
    typeof fd !== 'number' ||
    !isOptional(events) ||
    // Only DEL looks at no events; the ordinary way says so.
    (events === undefined && op !== EpollOp.DEL) ||
    !isOptional(tokenLow) ||
    !isOptional(tokenHigh)
  ) {
    return false
  }
  words[0] = epfd
  words[1] = op
  words[2] = fd
  words[3] = events
  words[4] = tokenLow
  words[5] = tokenHigh
  return true
}

/** What the last call returned. */
export function takeResult(): number {
  // Every result is an int32: said so, it needs no heap number.
  return (words[0] ?? 0) | 0
}

/** Stored, `undefined` becomes NaN, and that is how the addon knows it: a NaN that was passed is a mistake. */
function isOptional(value: unknown): value is number {
  return value === undefined || (typeof value === 'number' && !Number.isNaN(value))
}

function shared(): Float64Array {
  // Shared memory, because it cannot be taken from the addon by a transfer.
  const own = new Float64Array(new SharedArrayBuffer(8 * Float64Array.BYTES_PER_ELEMENT))
  return isAvailable ? native.shareFrame(own) : own
}
