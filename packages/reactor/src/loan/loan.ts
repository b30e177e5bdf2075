import { SystemError } from '@rearm/epoll-native'
import { LoanError } from '../errors.js'
import { changeInterest } from '../mode.js'
import { arm, type Ctl } from './arm.js'
import { pack, SlotState, stateOf } from './slot-state.js'
import type { SlotTable } from './slot-table.js'

/** @internal What a loan needs of the desk that it was borrowed at. */
export interface Lender {
  readonly number: number
  readonly table: SlotTable
  readonly ctl: Ctl
  giveBack(slot: number): void
}

/**
 * A borrowed descriptor: `fd` is safe to use until the loan ends, whatever the reactor's thread does meanwhile.
 *
 *     using loan = desk.borrow(ticket)
 *     if (read(loan.fd, buffer.id) === 0) loan.finish() // otherwise it is re-armed at the end of the block
 */
export class Loan {
  readonly #desk: Lender
  readonly #slot: number
  readonly #generation: number
  readonly #fd: number
  /**
   * Which registration lent it, among those that have its slot one after the other: the value of `registration.tenancy`. What a worker
   * keeps for a connection is known by it and the ticket's slot: the descriptor's number may be the next connection's.
   */
  readonly tenancy: number
  #over = false

  /** @internal */
  constructor(desk: Lender, slot: number, generation: number) {
    this.#desk = desk
    this.#slot = slot
    this.#generation = generation
    this.#fd = desk.table.fd(slot)
    this.tenancy = desk.table.tenancy(slot)
  }

  /** The descriptor. @throws {LoanError} once the loan is over, because the number may be somebody else's */
  get fd(): number {
    this.#mustRun()
    return this.#fd
  }

  get over(): boolean {
    return this.#over
  }

  /** Whether the reactor has closed the registration meanwhile: the connection is shut down; end the loan soon. */
  get revoked(): boolean {
    return !this.#over && stateOf(this.#desk.table.word(this.#slot)) === SlotState.REVOKED
  }

  /**
   * Ends the loan and arms the descriptor again, from this thread: epoll_ctl(2) `MOD`. What is ready already fires at
   * once. A revoked loan is returned instead.
   *
   * @returns false for a revoked loan: the registration ends, and what was kept for it can go
   * @param interest what to be told of from now on; default: as before
   * @throws {LoanError} when the loan is over
   * @throws {InvalidRegistrationError} for no interest; the loan goes on
   * @throws {SystemError} when the kernel refuses; the descriptor is returned then, to be closed
   */
  rearm(interest?: number): boolean {
    this.#mustRun()
    const { table, number } = this.#desk
    const slot = this.#slot
    if (interest !== undefined) table.setEvents(slot, changeInterest(table.events(slot), interest))
    // Read before arming: from then on the slot may be the next loan's.
    const events = table.events(slot)
    const borrowed = pack(SlotState.BORROWED, number, this.#generation)
    const rearming = pack(SlotState.REARMING, number, this.#generation)
    const armed = pack(SlotState.ARMED, 0, this.#generation)
    this.#over = true
    // Round again when the reactor has put a new epoll in the old one's place: the old one may have got the call.
    while (table.exchange(slot, borrowed, rearming)) {
      const result = arm(this.#desk.ctl, this.#fd, events, slot, this.#generation)
      if (result < 0) {
        this.#desk.giveBack(slot)
        throw new SystemError(result, 'epoll_ctl')
      }
      if (table.exchange(slot, rearming, armed)) return true
    }
    // It fired before we could say ARMED, and is not ours any more; or it is revoked, and ours to return.
    if (table.word(slot) !== pack(SlotState.REVOKED, number, this.#generation)) return true
    this.#desk.giveBack(slot)
    return false
  }

  /** Ends the loan for good: the reactor deregisters and closes the descriptor. @throws {LoanError} when it is over */
  finish(): void {
    this.#mustRun()
    this.#over = true
    this.#desk.giveBack(this.#slot)
  }

  /** The end of a `using` block: re-arms, unless the loan was ended otherwise. */
  [Symbol.dispose](): void {
    if (!this.#over) this.rearm()
  }

  #mustRun(): void {
    if (!this.#over) return
    throw new LoanError('the loan is over, and its descriptor may be somebody else’s: borrow anew')
  }
}
