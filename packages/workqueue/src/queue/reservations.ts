import { clearTimeout, setTimeout } from 'node:timers'
import { JobAbortedError, JobTimeoutError, QueueClosedError } from '../errors.js'
import type { Signals } from '../signals.js'
import type { Admission } from './admission.js'
import type { Ledger } from './ledger.js'
import { checkSignal, duration } from './options.js'
import { Settlement } from './settlement.js'

const LONGEST_MS = 2 ** 31 - 1

export interface ReserveOptions {
  readonly signal?: AbortSignal
  /** Milliseconds to wait for a place. */
  readonly timeout?: number
}

/** Places that are held for one job each, and who waits for such a place. */
export class Reservations {
  /** Places that are held. */
  held = 0

  constructor(
    private readonly admission: Admission,
    private readonly ledger: Ledger,
    private readonly signals: Signals,
  ) {}

  tryReserve(): boolean {
    if (this.admission.isClosed || !this.ledger.room.tryEnter()) return false
    this.held++
    return true
  }

  reserve({ signal, timeout = Number.POSITIVE_INFINITY }: ReserveOptions): Promise<void> {
    duration('timeout', timeout)
    checkSignal(signal)
    const settlement = new Settlement<void>('reserve')
    if (this.admission.isClosed) {
      settlement.reject(() => new QueueClosedError())
    } else if (signal?.aborted) {
      settlement.reject(() => new JobAbortedError(undefined, 'accept', signal.reason))
    } else if (this.tryReserve()) {
      settlement.resolve()
    } else {
      this.#wait(settlement, signal, timeout)
    }
    return settlement.promise
  }

  /** A job takes the place over. */
  use(): void {
    this.held--
  }

  /** The place is given back unused. */
  release(): void {
    this.held--
    this.ledger.room.leave()
  }

  #wait(settlement: Settlement<void>, signal: AbortSignal | undefined, timeout: number): void {
    this.ledger.debts.owe()
    let timer: NodeJS.Timeout | undefined
    let unwatch: (() => void) | undefined
    const end = () => {
      clearTimeout(timer)
      unwatch?.()
      this.ledger.debts.answer()
    }
    const refuse = (build: () => unknown) => {
      end()
      settlement.reject(build)
    }
    const giveUp = (build: () => unknown) => {
      // It may have its place: the same signal can have made room for it just now.
      if (leave()) refuse(build)
    }
    const leave = this.admission.wait(
      () => {
        this.held++
        end()
        settlement.resolve()
      },
      () => refuse(() => new QueueClosedError()),
    )
    if (signal !== undefined) {
      unwatch = this.signals.watch(signal, () =>
        giveUp(() => new JobAbortedError(undefined, 'accept', signal.reason)),
      )
    }
    if (timeout <= LONGEST_MS) {
      timer = setTimeout(() => {
        // A job may be done, and its place free, while this host was busy.
        this.ledger.dispatcher.catchUp()
        giveUp(() => new JobTimeoutError(undefined, 'deadline', timeout, 'accept'))
      }, Math.ceil(timeout))
    }
  }
}
