import { EpollOp, Errno, SystemError } from '@rearm/epoll-native'
import { InvalidRegistrationError, LoanError, RegistrationEndedError } from './errors.js'
import { alwaysReported, interestMask } from './interest.js'
import { arm } from './loan/arm.js'
import { pack, SlotState, stateOf } from './loan/slot-state.js'
import type { SlotTable } from './loan/slot-table.js'
import { toEvents } from './mode.js'
import type { Poller } from './poller.js'
import type { Registration } from './registration.js'
import type { SlotPool } from './slot-pool.js'

/** What a registration that stays is told of, and when: its interest, whether it is armed, turns without an event. */
export class Arming {
  readonly #poller: Poller
  readonly #table: SlotTable
  readonly #pool: SlotPool
  readonly #turn: (registration: Registration) => void

  /** @param turn is told of a registration that wants a turn without an event of the kernel's */
  constructor(
    poller: Poller,
    table: SlotTable,
    pool: SlotPool,
    turn: (registration: Registration) => void,
  ) {
    this.#poller = poller
    this.#table = table
    this.#pool = pool
    this.#turn = turn
  }

  interestOf(registration: Registration): number {
    return this.#table.events(registration.slot) & interestMask
  }

  /** Whether the kernel's list has it, as far as we know. What is armed is on it, whoever armed it. */
  isListed(registration: Registration): boolean {
    if (registration.disarmed || registration.alwaysReady) return false
    return !registration.leftOut || stateOf(this.#table.word(registration.slot)) === SlotState.ARMED
  }

  modify(registration: Registration, interest: number): void {
    this.mustBeHere(registration)
    if (registration.mode === 'exclusive') throw unmodifiable()
    const events = toEvents(interest, registration.mode)
    if (!registration.disarmed) {
      if (registration.alwaysReady) this.schedule(registration, interest)
      else this.#arm(registration, events)
    }
    this.#ask(registration, events)
  }

  rearm(registration: Registration, interest: number): void {
    this.mustBeHere(registration)
    const events = toEvents(interest, registration.mode)
    if (registration.alwaysReady) {
      registration.disarmed = false
      this.schedule(registration, interest)
    } else if (registration.mode === 'exclusive') this.#rearmExclusive(registration, events)
    else this.#arm(registration, events)
    this.#ask(registration, events)
  }

  disarm(registration: Registration): void {
    this.mustBeHere(registration)
    registration.pending = 0
    if (registration.disarmed) return
    // Off the list, because the kernel reports errors and hang-ups even of an empty interest.
    if (this.isListed(registration)) {
      const result = this.#poller.ctl(EpollOp.DEL, registration.fd, 0, 0, 0)
      if (result < 0) throw closedBehind(result)
    }
    registration.disarmed = true
    this.renew(registration, SlotState.ARMED)
  }

  again(registration: Registration, readiness: number): void {
    this.mustBeHere(registration)
    this.schedule(registration, readiness)
  }

  /** Wants a turn for it, without asking whether it is here. */
  schedule(registration: Registration, readiness: number): void {
    const scheduled = registration.pending !== 0
    registration.pending |= readiness
    if (!scheduled && registration.pending !== 0) this.#turn(registration)
  }

  /** Arms it under a new generation. Returns 0 or `-errno`. */
  tryArm(registration: Registration, events: number): number {
    const { fd, slot } = registration
    const { ctl } = this.#poller
    const generation = (this.#table.generation(slot) + 1) >>> 0
    const result = this.isListed(registration)
      ? ctl(EpollOp.MOD, fd, events, slot, generation)
      : arm(ctl, fd, events, slot, generation)
    if (result < 0) return result
    registration.disarmed = false
    registration.leftOut = false
    this.renew(registration, SlotState.ARMED)
    return result
  }

  /** A new generation: events of the old one that are under way in this batch are stale, and known to be. */
  renew(registration: Registration, state: SlotState): number {
    const { slot } = registration
    registration.armedTwice = false
    const generation = this.#table.advance(slot)
    registration.generation = generation | 0
    // Stored, not exchanged: from where it comes (ARMED, FIRED, a dead thread's REARMING) only this thread leads away.
    this.#table.setWord(slot, pack(state, 0, generation))
    this.#pool.markChanged(slot)
    return generation
  }

  /** @throws {RegistrationEndedError} @throws {LoanError} */
  mustBeHere({ ended_, slot }: Registration): void {
    if (ended_) throw new RegistrationEndedError()
    if (this.#table.isLent(slot)) throw new LoanError('the descriptor is on loan')
  }

  #arm(registration: Registration, events: number): void {
    const result = this.tryArm(registration, events)
    if (result < 0) throw closedBehind(result)
  }

  #rearmExclusive(registration: Registration, events: number): void {
    if (!registration.disarmed) {
      if (events === this.#table.events(registration.slot)) return
      throw unmodifiable()
    }
    const { fd, slot } = registration
    const generation = (this.#table.generation(slot) + 1) >>> 0
    const result = this.#poller.ctl(EpollOp.ADD, fd, events, slot, generation)
    if (result < 0) throw closedBehind(result)
    registration.disarmed = false
    this.renew(registration, SlotState.ARMED)
  }

  #ask(registration: Registration, events: number): void {
    this.#table.setEvents(registration.slot, events)
    registration.events = events | 0
    // A turn that is due is for the old interest as much as an event under way.
    registration.pending &= events | alwaysReported
  }
}

function unmodifiable(): InvalidRegistrationError {
  return new InvalidRegistrationError(
    'an exclusive registration cannot be modified (epoll_ctl(2)): deregister it, and register it anew',
  )
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
