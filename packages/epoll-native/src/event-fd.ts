import { native } from './availability.js'
import { readCounter, writeCounter } from './counter.js'
import { quiet } from './descriptor-flags.js'
import { checkOptions } from './options.js'
import { OwnedDescriptor } from './owned-descriptor.js'
import { check } from './system-error.js'

/** `EFD_SEMAPHORE` of eventfd(2). The other flags are those of `DescriptorFlag`. */
export const EventfdFlag = { SEMAPHORE: 1 } as const

/** eventfd(2): `initial` is 0 to 4294967295. Returns the descriptor or `-errno`. */
export const eventfd: (initial: number, flags: number) => number = native.eventfd

export interface EventFdOptions {
  /** The counter's first value, 0 to 4294967295. Default 0. */
  readonly initial?: number
  /** Each read takes 1, instead of the whole counter. Default false. */
  readonly semaphore?: boolean
}

// 2^64 - 1 cannot be added: the kernel answers EINVAL.
const most = 2n ** 64n - 2n

/**
 * A counter of the kernel's that any thread can add to and an epoll can wait on: the bell that wakes a blocked
 * wait. Pass `fd` to other threads; they write with `EventFd.write(fd)` while the owner has not closed it.
 */
export class EventFd extends OwnedDescriptor {
  /** eventfd(2), CLOEXEC and NONBLOCK. @throws {SystemError} `EMFILE`, `ENFILE`, `ENOMEM` */
  constructor(options: EventFdOptions = {}) {
    checkOptions(options, 'EventFd: the options')
    const { initial = 0, semaphore = false } = options
    if (typeof semaphore !== 'boolean') {
      throw new TypeError('EventFd: the semaphore option must be a boolean')
    }
    const flags = quiet | (semaphore ? EventfdFlag.SEMAPHORE : 0)
    super(check(native.eventfd(initial, flags), 'eventfd'))
  }

  /**
   * Adds to the counter, which makes it readable. False: the counter is full (2^64 - 2), so it is readable anyway.
   *
   * @throws {TypeError} / {RangeError} unless `count` is an integer from 0 to 2^64 - 2
   * @throws {SystemError} `EBADF` once closed
   */
  write(count: bigint | number = 1n): boolean {
    return EventFd.write(this.fd, count)
  }

  /** The same for a number: in a thread that was handed `fd`. */
  static write(fd: number, count: bigint | number = 1n): boolean {
    // BigInt() takes strings and booleans too.
    if (typeof count !== 'bigint' && typeof count !== 'number') {
      throw new TypeError('EventFd.write: the count must be a bigint or a number')
    }
    const value = BigInt(count)
    if (value < 0n || value > most) {
      throw new RangeError('EventFd.write: the count must be an integer from 0 to 2^64 - 2')
    }
    return writeCounter(fd, value)
  }

  /** Takes the counter (with `semaphore`: 1 of it). `undefined`: it is 0. @throws {SystemError} `EBADF` */
  read(): bigint | undefined {
    return readCounter(this.fd)
  }
}
