import { EpollOp, Errno, SystemError } from '@rearm/epoll-native'
import { Arming } from './arming.js'
import type { Endings } from './endings.js'
import {
  AlreadyRegisteredError,
  InvalidRegistrationError,
  LoanError,
  NotPollableError,
  ReactorClosedError,
} from './errors.js'
import { Lending } from './lending.js'
import type { SlotTable } from './loan/slot-table.js'
import { type Mode, toEvents } from './mode.js'
import type { Poller } from './poller.js'
import { type Handler, type OnEnd, Registration } from './registration.js'
import type { SlotPool } from './slot-pool.js'

/** What becomes of a descriptor that epoll does not take (a regular file). */
export type NotPollable = 'refuse' | 'always-ready'

/**
 * The list of who waits for what: the kernel's, the slot table's and ours, changed together. Whatever throws has changed none of
 * the three. Here registrations come and go; `arming` and `lending` are what happens to them in between.
 */
export class InterestList {
  readonly table: SlotTable
  readonly arming: Arming
  readonly lending: Lending
  readonly #poller: Poller
  readonly #pool: SlotPool
  readonly #registrations: (Registration | undefined)[] = []
  readonly #slotOf: (number | undefined)[] = []
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
    this.#counted = counted
    this.#endings = endings
    this.arming = new Arming(poller, table, pool, turn)
    this.lending = new Lending(poller, this, this.arming, endings)
  }

  /** How many registrations there are. */
  get count(): number {
    return this.#count
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
    const generation = this.table.generation(slot)
    const alwaysReady = this.#add(fd, events, slot, generation, notPollable)
    const tenancy = this.table.occupy(slot, fd, events)
    const place = { slot, tenancy, fd }
    const registration = new Registration(this, place, generation, events, mode, handler, onEnd)
    this.#registrations[slot] = registration
    this.#slotOf[fd] = slot
    this.#count++
    this.#counted()
    if (alwaysReady) {
      registration.alwaysReady = true
      this.arming.schedule(registration, interest)
    }
    this.#endings.tell()
    return registration
  }

  deregister(registration: Registration): void {
    if (registration.ended_) return
    if (this.lending.isLent(registration)) {
      throw new LoanError(
        'the descriptor is on loan, in use by another thread: close() ends the loan',
      )
    }
    this.remove(registration)
    this.#endings.tell()
  }

  close(registration: Registration): void {
    this.#close(registration)
    this.#endings.tell()
  }

  /** Ends them all, and closes what is on loan when it comes back. `onEnd` is the caller's to tell. */
  endAll(): void {
    for (const registration of this) {
      if (!this.lending.recall(registration) && this.lending.isLent(registration)) {
        this.#close(registration)
      } else {
        this.remove(registration)
      }
    }
  }

  /** Takes the registration off all three lists. Returns whether the number still is what was registered. */
  remove(registration: Registration): boolean {
    let ours = true
    if (!registration.alwaysReady) {
      const result = this.#poller.ctl(EpollOp.DEL, registration.fd, 0, 0, 0)
      // EBADF: closed behind our back. ENOENT, or EPERM for a file: closed, and the number reused, unless we had taken it
      // off ourselves. Either way the kernel's list is done with it.
      if (this.arming.isListed(registration)) ours = result === 0
    }
    this.#forget(registration)
    return ours
  }

  #close(registration: Registration): void {
    if (registration.ended_ || !this.lending.revoke(registration)) return
    if (this.remove(registration)) this.#poller.closeDescriptor(registration.fd)
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
  #add(
    fd: number,
    events: number,
    slot: number,
    generation: number,
    notPollable: NotPollable,
  ): boolean {
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
    if (known !== undefined && (!this.arming.isListed(known) || this.lending.isLent(known))) {
      throw new AlreadyRegisteredError(fd)
    }
  }
}
