import { types } from 'node:util'
import { native } from '../availability.js'
import type { IoMemory } from '../io-buffer.js'
import { MessageFlag } from './constants.js'

const head = 2
/** The kernel's own bound on one message (`SCM_MAX_FD`). */
const most = 253

/**
 * What one `recvmsg` brought besides bytes: descriptors (CLOEXEC), which the receiver now owns, and must close.
 * Reusable; a call that succeeds overwrites what the last one left.
 */
export class ReceivedDescriptors {
  readonly capacity: number
  readonly #words: Int32Array

  /** @param capacity of descriptors, 1 to 253. More than fit are closed by the call, and `truncated` says so. */
  constructor(capacity = most) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > most) {
      throw new RangeError(`ReceivedDescriptors: the capacity must be an integer from 1 to ${most}`)
    }
    this.capacity = capacity
    this.#words = new Int32Array(head + capacity)
  }

  get count(): number {
    return this.#words[0] ?? 0
  }

  /** Flags of the message, bits of `MessageFlag`. */
  get flags(): number {
    return this.#words[1] ?? 0
  }

  /** Whether control data was lost: the peer sent more than fits, or this process can open no more files. */
  get truncated(): boolean {
    return (this.flags & MessageFlag.CTRUNC) !== 0
  }

  /** Descriptor `index`. @throws {RangeError} when there is none */
  get(index: number): number {
    // Not below 0 either: the words before the descriptors are no descriptors.
    const fd = index >>> 0 === index && index < this.count ? this.#words[head + index] : undefined
    if (fd === undefined)
      throw new RangeError(`ReceivedDescriptors: there is no descriptor ${index}`)
    return fd
  }

  /** The descriptors as an array, handed over: `count` is 0 afterwards. */
  take(): number[] {
    const descriptors = [...this.#words.subarray(head, head + this.count)]
    this.#words[0] = 0
    return descriptors
  }

  /** Closes what was not taken. */
  close(): void {
    for (const fd of this.take()) native.close(fd)
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** @internal The memory that the addon fills. */
  static wordsOf(received: ReceivedDescriptors): Int32Array {
    if (typeof received !== 'object' || received === null || !(#words in received)) {
      throw new TypeError('the "received" argument must be a ReceivedDescriptors')
    }
    return received.#words
  }
}

/**
 * sendmsg(2) with `MSG_NOSIGNAL`: bytes (one at least, on a stream) and up to 253 descriptors (`SCM_RIGHTS`,
 * unix(7)). Returns the bytes taken, or `-errno`. The receiver gets duplicates: close your own.
 */
export function sendmsg(
  fd: number,
  buffer: IoMemory,
  offset?: number,
  length?: number,
  flags = 0,
  descriptors: readonly number[] | Int32Array = [],
): number {
  const checked = toDescriptors(descriptors)
  return native.sendmsg(fd, buffer, offset, length, flags, checked, checked.length)
}

function toDescriptors(descriptors: readonly number[] | Int32Array): Int32Array {
  if (types.isInt32Array(descriptors)) return descriptors
  if (!Array.isArray(descriptors)) {
    throw new TypeError('sendmsg: the "descriptors" argument must be an array or an Int32Array')
  }
  // Before the copy, which for a sparse array of 2^32 - 1 elements would not end.
  if (descriptors.length > most) {
    throw new RangeError(`sendmsg: at most ${most} descriptors go with one message`)
  }
  return Int32Array.from(descriptors, (fd) => {
    // Int32Array would make 0, standard input, of whatever is no number.
    if (Number.isInteger(fd) && fd >= 0 && fd <= 0x7fffffff) return fd
    throw new RangeError('sendmsg: a descriptor must be an integer from 0 to 2147483647')
  })
}

/**
 * recvmsg(2) with `MSG_CMSG_CLOEXEC`: bytes and descriptors. Returns the bytes received (0: the peer writes no
 * more), or `-errno`; then `received` is unchanged. What `received` held and nobody took stays open, and its number
 * is lost: `close()` or `take()` first.
 */
export function recvmsg(
  fd: number,
  buffer: IoMemory,
  offset: number | undefined,
  length: number | undefined,
  flags: number,
  received: ReceivedDescriptors,
): number {
  return native.recvmsg(fd, buffer, offset, length, flags, ReceivedDescriptors.wordsOf(received))
}
