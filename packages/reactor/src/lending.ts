import type { Arming } from './arming.js'
import type { Endings } from './endings.js'
import { LoanError } from './errors.js'
import type { InterestList } from './interest-list.js'
import { deskOf, SlotState, stateOf, withState } from './loan/slot-state.js'
import type { Ticket } from './loan/ticket.js'
import { isOneshot } from './mode.js'
import type { Poller } from './poller.js'
import type { Registration } from './registration.js'

/** The reactor's side of the loans: it gives descriptors away, takes them back, and closes what comes back to be closed. */
export class Lending {
  readonly #poller: Poller
  readonly #list: InterestList
  readonly #arming: Arming
  readonly #endings: Endings

  constructor(poller: Poller, list: InterestList, arming: Arming, endings: Endings) {
    this.#poller = poller
    this.#list = list
    this.#arming = arming
    this.#endings = endings
  }

  /** Whether a descriptor is out of our hands: lent, and not back. */
  get hasLoans(): boolean {
    for (const registration of this.#list) if (this.isLent(registration)) return true
    return false
  }

  isLent({ ended_, slot }: Registration): boolean {
    return !ended_ && this.#list.table.isLent(slot)
  }

  lend(registration: Registration): Ticket {
    const { slot, ended_ } = registration
    if (ended_ || stateOf(this.#list.table.word(slot)) !== SlotState.FIRED) {
      this.#refuseToLend(registration)
    }
    registration.pending = 0
    const generation = this.#arming.renew(registration, SlotState.LENT)
    return { slot, generation }
  }

  /** Takes back a ticket that nobody has borrowed. False: somebody has, or there is none. */
  recall(registration: Registration): boolean {
    if (registration.ended_) return false
    const { table } = this.#list
    const word = table.word(registration.slot)
    if (stateOf(word) !== SlotState.LENT) return false
    if (!table.exchange(registration.slot, word, withState(word, SlotState.FIRED))) return false
    // The ticket must find nothing, even when the next loan is made at once.
    this.#arming.renew(registration, SlotState.FIRED)
    return true
  }

  /**
   * Ends a loan for the sake of a close: a ticket that nobody has borrowed is void; what is borrowed is shut down, and closed when
   * it comes back. Returns whether the descriptor is ours, to be closed now.
   */
  revoke({ slot, fd }: Registration): boolean {
    const { table } = this.#list
    for (;;) {
      const word = table.word(slot)
      const state = stateOf(word)
      if (state === SlotState.REVOKED || state === SlotState.RETURNED) return false
      if (state === SlotState.LENT) {
        // Whoever borrows between these two lines wins, and the next round revokes.
        if (table.exchange(slot, word, withState(word, SlotState.FIRED))) return true
      } else if (state === SlotState.BORROWED || state === SlotState.REARMING) {
        if (!table.exchange(slot, word, withState(word, SlotState.REVOKED))) continue
        this.#poller.shutdownDescriptor(fd)
        return false
      } else {
        return true
      }
    }
  }

  /** Closes what borrowers have handed back. */
  takeReturned(): void {
    this.#closeAllReturned()
    this.#endings.tell()
  }

  /** Ends what a thread that is gone had borrowed. What it was arming is armed; the rest is closed. */
  reclaim(threadId: number): { readonly closed: number; readonly rearmed: number } {
    const { table } = this.#list
    const desks = table.desksOf(threadId)
    this.#closeAllReturned()
    let closed = 0
    let rearmed = 0
    for (const registration of this.#list) {
      const { slot } = registration
      const word = table.word(slot)
      if (!desks.includes(deskOf(word))) continue
      // It may have died before its epoll_ctl(2) or after, and what that armed may have fired: a new generation ends it.
      if (stateOf(word) === SlotState.REARMING) {
        if (this.#arming.tryArm(registration, table.events(slot)) === 0) {
          rearmed++
          continue
        }
      }
      this.#closeReturned(slot)
      closed++
    }
    for (const desk of desks) table.closeDesk(desk)
    this.#endings.tell()
    return { closed, rearmed }
  }

  #refuseToLend(registration: Registration): never {
    this.#arming.mustBeHere(registration)
    throw new LoanError(
      isOneshot(registration.mode)
        ? 'a registration can be lent when it has fired, from its handler or later'
        : 'only a oneshot registration can be lent: others fire while they are lent',
    )
  }

  #closeAllReturned(): void {
    for (const slot of this.#list.table.takeReturned()) this.#closeReturned(slot)
  }

  /** Closes one slot whose loan is over for good: the loan is the proof that the number still is ours. */
  #closeReturned(slot: number): void {
    const registration = this.#list.at(slot)
    if (registration === undefined) return
    if (this.#list.remove(registration)) this.#poller.closeDescriptor(registration.fd)
  }
}
