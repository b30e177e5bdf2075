import { EpollOp, Errno, SystemError } from '@rearm/epoll-native'
import type { Endings } from './endings.js'
import {
  AlreadyRegisteredError,
  InvalidRegistrationError,
  LoanError,
  NotPollableError,
  ReactorClosedError,
  RegistrationEndedError,
} from './errors.js'
import { alwaysReported, interestMask } from './interest.js'
import { arm } from './loan/arm.js'
import { deskOf, pack, SlotState, stateOf, withState } from './loan/slot-state.js'
import type { SlotTable } from './loan/slot-table.js'
import type { Ticket } from './loan/ticket.js'
import { isOneshot, type Mode, toEvents } from './mode.js'
import type { Poller } from './poller.js'
import { type Handler, type OnEnd, Registration } from './registration.js'
import type { SlotPool } from './slot-pool.js'

/** What becomes of a descriptor that epoll does not take (a regular file). */
export type NotPollable = 'refuse' | 'always-ready'

/**
 * The list of who waits for what: the kernel's, the slot table's and ours, changed together. Whatever throws has changed none of
 * the three.
 */
export class InterestList {
  readonly table: SlotTable
  readonly #poller: Poller
  readonly #pool: SlotPool
  readonly #registrations: (Registration | undefined)[] = []
  readonly #slotOf: (number | undefined)[] = []
  readonly #turn: (registration: Registration) => void
  readonly #counted: () => void
  readonly #endings: Endings
  #count = 0

  /**
   * @param turn is told of a registration that wants a turn without an event of the kernel's
   * @param counted is told when `count` has changed
   */
  constructor(
    poller: Poller,
    table: SlotTable,
    pool: SlotPool,
    turn: (registration: Registration) => void,
    counted: () => void,
    endings: Endings,
  ) {
    this.#poller = poller
    this.table = table
    this.#pool = pool
    this.#turn = turn
    this.#counted = counted
    this.#endings = endings
  }

  /** How many registrations there are. */
  get count(): number {
    return this.#count
  }

  /** Whether a descriptor is out of our hands: lent, and not back. */
  get hasLoans(): boolean {
    for (const registration of this) if (this.isLent(registration)) return true
    return false
  }

  at(slot: number): Registration | undefined {
    return this.#registrations[slot]
  }

  *[Symbol.iterator](): Generator<Registration> {
    for (const registration of this.#registrations) {
      if (registration !== undefined) yield registration
    }
  }

  register(
    fd: number,
    interest: number,
    mode: Mode,
    handler: Handler,
    notPollable: NotPollable,
    onEnd?: OnEnd,
  ): Registration {
    if (this.table.closed) throw new ReactorClosedError()
    const events = toEvents(interest, mode)
    this.#checkDescriptor(fd)
    if (typeof handler !== 'function') {
      throw new InvalidRegistrationError('the handler must be a function')
    }
    if (onEnd !== undefined && typeof onEnd !== 'function') {
      throw new InvalidRegistrationError('onEnd must be a function')
    }
    const slot = this.#pool.take()
    const alwaysReady = this.#add(fd, events, slot, notPollable)
    const registration = new Registration(this, slot, fd, mode, handler, onEnd)
    this.table.occupy(slot, fd, events)
    this.#registrations[slot] = registration
    this.#slotOf[fd] = slot
    this.#count++
    this.#counted()
    if (alwaysReady) {
      registration.alwaysReady = true
      this.#schedule(registration, interest)
    }
    this.#endings.tell()
    return registration
  }

  modify(registration: Registration, interest: number): void {
    this.#mustBeHere(registration)
    if (registration.mode === 'exclusive') {
      throw new InvalidRegistrationError(
        'an exclusive registration cannot be modified (epoll_ctl(2)): deregister it, and register it anew',
      )
    }
    const events = toEvents(interest, registration.mode)
    if (!registration.disarmed) {
      if (registration.alwaysReady) this.#schedule(registration, interest)
      else this.#arm(registration, events)
    }
    this.#ask(registration, events)
  }

  rearm(registration: Registration, interest: number): void {
    this.#mustBeHere(registration)
    const events = toEvents(interest, registration.mode)
    if (registration.alwaysReady) {
      registration.disarmed = false
      this.#schedule(registration, interest)
    } else if (registration.mode === 'exclusive') this.#rearmExclusive(registration, events)
    else this.#arm(registration, events)
    this.#ask(registration, events)
  }

  disarm(registration: Registration): void {
    this.#mustBeHere(registration)
    registration.pending = 0
    if (registration.disarmed) return
    // Off the list, because the kernel reports errors and hang-ups even of an empty interest.
    if (this.isListed(registration)) {
      const result = this.#poller.ctl(EpollOp.DEL, registration.fd, 0, 0, 0)
      if (result < 0) throw closedBehind(result)
    }
    registration.disarmed = true
    this.#renew(registration, SlotState.ARMED)
  }

  again(registration: Registration, readiness: number): void {
    this.#mustBeHere(registration)
    this.#schedule(registration, readiness)
  }

  lend(registration: Registration): Ticket {
    this.#mustBeHere(registration)
    const { slot } = registration
    if (!isOneshot(registration.mode)) {
      throw new LoanError(
        'only a oneshot registration can be lent: others fire while they are lent',
      )
    }
    if (stateOf(this.table.word(slot)) !== SlotState.FIRED) {
      throw new LoanError('a registration can be lent when it has fired, from its handler or later')
    }
    registration.pending = 0
    const generation = this.#renew(registration, SlotState.LENT)
    return { slot, generation }
  }

  interestOf(registration: Registration): number {
    return this.table.events(registration.slot) & interestMask
  }

  /** Whether the kernel's list has it, as far as we know. What is armed is on it, whoever armed it. */
  isListed(registration: Registration): boolean {
    if (registration.disarmed || registration.alwaysReady) return false
    return !registration.leftOut || stateOf(this.table.word(registration.slot)) === SlotState.ARMED
  }

  isLent(registration: Registration): boolean {
    if (registration.ended_) return false
    const state = stateOf(this.table.word(registration.slot))
    return state === SlotState.LENT || state >= SlotState.BORROWED
  }

  deregister(registration: Registration): void {
    if (registration.ended_) return
    if (this.isLent(registration)) {
      throw new LoanError(
        'the descriptor is on loan, in use by another thread: close() ends the loan',
      )
    }
    this.#remove(registration)
    this.#endings.tell()
  }

  close(registration: Registration): void {
    this.#close(registration)
    this.#endings.tell()
  }

  #close(registration: Registration): void {
    if (registration.ended_) return
    const { slot, fd } = registration
    const { table } = this
    for (;;) {
      const word = table.word(slot)
      const state = stateOf(word)
      if (state === SlotState.REVOKED || state === SlotState.RETURNED) return
      if (state === SlotState.LENT) {
        // Whoever borrows between these two lines wins, and the next round revokes.
        if (!table.exchange(slot, word, withState(word, SlotState.FIRED))) continue
      } else if (state === SlotState.BORROWED || state === SlotState.REARMING) {
        if (!table.exchange(slot, word, withState(word, SlotState.REVOKED))) continue
        this.#poller.shutdownDescriptor(fd)
        return
      }
      break
    }
    if (this.#remove(registration)) this.#poller.closeDescriptor(fd)
  }

  /** Ends them all, and closes what is on loan when it comes back. `onEnd` is the caller's to tell. */
  endAll(): void {
    for (const registration of this) {
      if (!this.recall(registration) && this.isLent(registration)) this.#close(registration)
      else this.#remove(registration)
    }
  }

  /** Takes back a ticket that nobody has borrowed. False: somebody has, or there is none. */
  recall(registration: Registration): boolean {
    if (registration.ended_) return false
    const { table } = this
    const word = table.word(registration.slot)
    if (stateOf(word) !== SlotState.LENT) return false
    if (!table.exchange(registration.slot, word, withState(word, SlotState.FIRED))) return false
    // The ticket must find nothing, even when the next loan is made at once.
    this.#renew(registration, SlotState.FIRED)
    return true
  }

  /** Closes what borrowers have handed back. */
  takeReturned(): void {
    this.#closeAllReturned()
    this.#endings.tell()
  }

  /** Ends what a thread that is gone had borrowed. What it was arming is armed; the rest is closed. */
  reclaim(threadId: number): { readonly closed: number; readonly rearmed: number } {
    const { table } = this
    const desks = table.desksOf(threadId)
    this.#closeAllReturned()
    let closed = 0
    let rearmed = 0
    for (const registration of this) {
      const { slot } = registration
      const word = table.word(slot)
      if (!desks.includes(deskOf(word))) continue
      // It may have died before its epoll_ctl(2) or after, and what that armed may have fired: a new generation ends it.
      if (stateOf(word) === SlotState.REARMING) {
        if (this.#tryArm(registration, table.events(slot)) === 0) {
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

  #closeAllReturned(): void {
    for (const slot of this.table.takeReturned()) this.#closeReturned(slot)
  }

  /** Closes one slot whose loan is over for good: the loan is the proof that the number still is ours. */
  #closeReturned(slot: number): void {
    const registration = this.#registrations[slot]
    if (registration === undefined) return
    this.#remove(registration)
    this.#poller.closeDescriptor(registration.fd)
  }

  /** Takes the registration off all three lists. Returns whether the number still is what was registered. */
  #remove(registration: Registration): boolean {
    let ours = true
    if (!registration.alwaysReady) {
      const result = this.#poller.ctl(EpollOp.DEL, registration.fd, 0, 0, 0)
      // EBADF: closed behind our back. ENOENT, or EPERM for a file: closed, and the number reused, unless we had taken it
      // off ourselves. Either way the kernel's list is done with it.
      if (this.isListed(registration)) ours = result === 0
    }
    this.#forget(registration)
    return ours
  }

  #forget(registration: Registration): void {
    const { fd, slot } = registration
    registration.ended_ = true
    registration.pending = 0
    this.#registrations[slot] = undefined
    if (this.#slotOf[fd] === slot) this.#slotOf[fd] = undefined
    this.table.vacate(slot)
    this.#pool.giveBack(slot)
    this.#count--
    this.#counted()
    this.#endings.add(registration)
  }

  /** Adds a descriptor to the kernel's list. Returns whether it is one that is always ready, and on no list. */
  #add(fd: number, events: number, slot: number, notPollable: NotPollable): boolean {
    const generation = this.table.generation(slot)
    let result = this.#poller.ctl(EpollOp.ADD, fd, events, slot, generation)
    const known = this.#registrationOf(fd)
    if (result === -Errno.EEXIST && known === undefined) {
      // A ghost of ours under this very number and description, come back by dup2(2): it is taken over.
      result = this.#poller.ctl(EpollOp.MOD, fd, events, slot, generation)
    }
    if (result === 0) {
      // The kernel did not know the number: its registration was closed behind our back.
      if (known !== undefined) this.#forget(known)
      return false
    }
    if (result === -Errno.EPERM && notPollable === 'always-ready') return true
    this.#pool.putBack(slot)
    if (result === -Errno.EEXIST) throw new AlreadyRegisteredError(fd)
    if (result === -Errno.EPERM) throw new NotPollableError(fd)
    throw new SystemError(result, 'epoll_ctl')
  }

  #arm(registration: Registration, events: number): void {
    const result = this.#tryArm(registration, events)
    if (result < 0) throw closedBehind(result)
  }

  #tryArm(registration: Registration, events: number): number {
    const { fd, slot } = registration
    const { ctl } = this.#poller
    const generation = (this.table.generation(slot) + 1) >>> 0
    const result = this.isListed(registration)
      ? ctl(EpollOp.MOD, fd, events, slot, generation)
      : arm(ctl, fd, events, slot, generation)
    if (result < 0) return result
    registration.disarmed = false
    registration.leftOut = false
    this.#renew(registration, SlotState.ARMED)
    return result
  }

  #rearmExclusive(registration: Registration, events: number): void {
    if (!registration.disarmed) {
      if (events === this.table.events(registration.slot)) return
      throw new InvalidRegistrationError(
        'an exclusive registration cannot be modified (epoll_ctl(2)): deregister it, and register it anew',
      )
    }
    const { fd, slot } = registration
    const generation = (this.table.generation(slot) + 1) >>> 0
    const result = this.#poller.ctl(EpollOp.ADD, fd, events, slot, generation)
    if (result < 0) throw closedBehind(result)
    registration.disarmed = false
    this.#renew(registration, SlotState.ARMED)
  }

  #ask(registration: Registration, events: number): void {
    this.table.setEvents(registration.slot, events)
    // A turn that is due is for the old interest as much as an event under way.
    registration.pending &= events | alwaysReported
  }

  /** A new generation: events of the old one that are under way in this batch are stale, and known to be. */
  #renew(registration: Registration, state: SlotState): number {
    const { slot } = registration
    registration.armedTwice = false
    const generation = this.table.advance(slot)
    const word = this.table.word(slot)
    this.table.exchange(slot, word, pack(state, 0, generation))
    this.#pool.markChanged(slot)
    return generation
  }

  #schedule(registration: Registration, readiness: number): void {
    const scheduled = registration.pending !== 0
    registration.pending |= readiness
    if (!scheduled && registration.pending !== 0) this.#turn(registration)
  }

  #registrationOf(fd: number): Registration | undefined {
    const slot = this.#slotOf[fd]
    return slot === undefined ? undefined : this.#registrations[slot]
  }

  #checkDescriptor(fd: number): void {
    if (!Number.isInteger(fd) || fd < 0 || fd > 0x7fffffff) {
      throw new InvalidRegistrationError('a descriptor is an integer from 0 to 2147483647')
    }
    // The bell is on the kernel's list already, and would be taken over as a ghost.
    if (fd === this.#poller.epfd || fd === this.table.bell) {
      throw new InvalidRegistrationError('a reactor cannot watch its own epoll, nor its own bell')
    }
    const known = this.#registrationOf(fd)
    // Not on the kernel's list by our own doing: the kernel cannot tell us that it is taken.
    if (known !== undefined && (!this.isListed(known) || this.isLent(known))) {
      throw new AlreadyRegisteredError(fd)
    }
  }

  #mustBeHere(registration: Registration): void {
    if (registration.ended_) throw new RegistrationEndedError()
    if (this.isLent(registration)) throw new LoanError('the descriptor is on loan')
  }
}

function closedBehind(result: number): SystemError {
  return new SystemError(
    result,
    'epoll_ctl',
    result === -Errno.EBADF || result === -Errno.ENOENT || result === -Errno.EPERM
      ? 'the descriptor was closed without deregistering it: close() the registration'
      : undefined,
  )
}
