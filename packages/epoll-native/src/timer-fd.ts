import { native } from './availability.js'
import { readCounter } from './counter.js'
import { quiet } from './descriptor-flags.js'
import { checkOptions } from './options.js'
import { OwnedDescriptor } from './owned-descriptor.js'
import { check } from './system-error.js'

/** Clocks of timerfd_create(2). */
export const Clock = {
  /** The wall clock: it jumps when it is set. */
  REALTIME: 0,
  /** Never jumps; stands still while the machine sleeps. */
  MONOTONIC: 1,
  /** Never jumps; goes on while the machine sleeps. */
  BOOTTIME: 7,
  /** REALTIME that wakes a sleeping machine (needs `CAP_WAKE_ALARM`). */
  REALTIME_ALARM: 8,
  /** BOOTTIME that wakes a sleeping machine (needs `CAP_WAKE_ALARM`). */
  BOOTTIME_ALARM: 9,
} as const

/** Flags of timerfd_settime(2). */
export const TimerFlag = { ABSTIME: 1, CANCEL_ON_SET: 2 } as const

/** timerfd_create(2). Returns the descriptor or `-errno`. */
export const timerfdCreate: (clock: number, flags: number) => number = native.timerfdCreate

/**
 * timerfd_settime(2). Returns 0 or `-errno`. A value of 0 s 0 ns disarms; nanoseconds are 0 to 999999999.
 */
export const timerfdSettime: (
  fd: number,
  flags: number,
  valueSeconds: number,
  valueNanoseconds: number,
  intervalSeconds: number,
  intervalNanoseconds: number,
) => number = native.timerfdSettime

/** timerfd_gettime(2). Fills [value s, value ns, interval s, interval ns]; returns 0 or `-errno`. */
export const timerfdGettime: (fd: number, setting: Float64Array) => number = native.timerfdGettime

export interface TimerSetting {
  /** Nanoseconds until the first expiration, or, with `absolute`, the time of it on the clock. */
  readonly value: bigint | number
  /** Nanoseconds between further expirations; 0 (the default): none. */
  readonly interval?: bigint | number
  readonly absolute?: boolean
  /** With REALTIME and `absolute`: reading fails with `ECANCELED` when the clock is set. */
  readonly cancelOnSet?: boolean
}

/** A timer of the kernel's that an epoll can wait on, to the nanosecond. */
export class TimerFd extends OwnedDescriptor {
  /** timerfd_create(2), CLOEXEC and NONBLOCK. `clock` is one of `Clock`. @throws {SystemError} */
  constructor(clock: number = Clock.MONOTONIC) {
    super(check(native.timerfdCreate(clock, quiet), 'timerfd_create'))
  }

  /**
   * Arms the timer anew. A relative value of 0 fires at once (the kernel's own 0 would disarm: see `disarm`).
   *
   * @throws {TypeError} / {RangeError} for a time that is no number, negative or a fraction
   * @throws {SystemError} `EINVAL`, `EBADF`
   */
  set(setting: TimerSetting): void {
    checkOptions(setting, 'TimerFd.set: the setting')
    const { value, interval = 0n, absolute = false, cancelOnSet = false } = setting
    if (typeof absolute !== 'boolean' || typeof cancelOnSet !== 'boolean') {
      throw new TypeError('TimerFd.set: absolute and cancelOnSet must be booleans')
    }
    const first = toNanoseconds(value, 'value')
    const flags = (absolute ? TimerFlag.ABSTIME : 0) | (cancelOnSet ? TimerFlag.CANCEL_ON_SET : 0)
    this.#settime(flags, first === 0n ? 1n : first, toNanoseconds(interval, 'interval'))
  }

  /** Stops the timer. @throws {SystemError} `EBADF` */
  disarm(): void {
    this.#settime(0, 0n, 0n)
  }

  /** Nanoseconds left until the next expiration (0: disarmed), and the interval. @throws {SystemError} */
  get remaining(): { readonly value: bigint; readonly interval: bigint } {
    const setting = new Float64Array(4)
    check(native.timerfdGettime(this.fd, setting), 'timerfd_gettime')
    const [seconds = 0, nanoseconds = 0, intervalSeconds = 0, intervalNanoseconds = 0] = setting
    return {
      value: BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds),
      interval: BigInt(intervalSeconds) * 1_000_000_000n + BigInt(intervalNanoseconds),
    }
  }

  /**
   * Takes the number of expirations since the last read. `undefined`: none yet.
   *
   * @throws {SystemError} `ECANCELED` (see `cancelOnSet`), `EBADF`
   */
  read(): bigint | undefined {
    return readCounter(this.fd)
  }

  #settime(flags: number, value: bigint, interval: bigint): void {
    const result = native.timerfdSettime(
      this.fd,
      flags,
      Number(value / 1_000_000_000n),
      Number(value % 1_000_000_000n),
      Number(interval / 1_000_000_000n),
      Number(interval % 1_000_000_000n),
    )
    check(result, 'timerfd_settime')
  }
}

function toNanoseconds(time: bigint | number, name: string): bigint {
  if (typeof time !== 'bigint' && typeof time !== 'number') {
    throw new TypeError(`TimerFd.set: the ${name} must be a bigint or a number`)
  }
  if (typeof time === 'number' && !Number.isSafeInteger(time)) {
    throw new RangeError(
      `TimerFd.set: the ${name} must be whole nanoseconds (a safe integer or a bigint)`,
    )
  }
  const nanoseconds = BigInt(time)
  if (nanoseconds < 0n) throw new RangeError(`TimerFd.set: the ${name} must not be negative`)
  return nanoseconds
}
