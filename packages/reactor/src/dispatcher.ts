import { EpollFlag } from '@rearm/epoll-native'
import { bellSlot } from './bell.js'
import { alwaysReported } from './interest.js'
import type { InterestList } from './interest-list.js'
import { pack, SlotState, stateOf, withState } from './loan/slot-state.js'
import { isOneshot } from './mode.js'
import type { Poller } from './poller.js'
import { settle } from './rebuild.js'
import type { Registration } from './registration.js'
import type { SlotPool } from './slot-pool.js'
import type { Counters } from './stats.js'
import type { Thrown } from './thrown.js'

/** Calls the handlers of one batch. A handler may do anything to any registration, its own included. */
export class Dispatcher {
  readonly #poller: Poller
  readonly #list: InterestList
  readonly #pool: SlotPool
  readonly #thrown: Thrown
  readonly #counters: Counters
  /** Registrations that want a turn without an event. */
  readonly #waiting: Registration[] = []
  #delivered = 0
  #ghost = false
  #dispatching = false

  constructor(
    poller: Poller,
    list: InterestList,
    pool: SlotPool,
    thrown: Thrown,
    counters: Counters,
  ) {
    this.#poller = poller
    this.#list = list
    this.#pool = pool
    this.#thrown = thrown
    this.#counters = counters
  }

  get dispatching(): boolean {
    return this.#dispatching
  }

  /** Whether a registration wants a turn without an event. */
  get hasWaiting(): boolean {
    return this.#waiting.some(isDue)
  }

  enqueue(registration: Registration): void {
    registration.askedIn = this.#counters.waits
    this.#waiting.push(registration)
  }

  /** Whether the last batch had an event of a descriptor that was closed behind our back. */
  get sawGhost(): boolean {
    return this.#ghost
  }

  /** Dispatches the poller's batch of `count` events, then the turns that were asked for. Returns the handlers called. */
  dispatch(count: number): number {
    const started = performance.now()
    this.#counters.batch(count)
    this.#delivered = 0
    this.#ghost = false
    this.#dispatching = true
    this.#pool.beginBatch()
    // What this batch's handlers ask for is the next batch's: a hot descriptor has one turn like everybody.
    const due = this.#waiting.length
    for (let index = 0; index < count; index++) this.#event(index)
    if (due > 0) this.#turns(due)
    this.#pool.endBatch()
    this.#dispatching = false
    this.#counters.delivered += this.#delivered
    this.#counters.handlerMs += performance.now() - started
    return this.#delivered
  }

  #event(index: number): void {
    const slot = this.#poller.tokenLow(index)
    if (slot === bellSlot) {
      this.#list.lending.takeReturned()
      return
    }
    const registration = this.#list.at(slot)
    if (
      registration === undefined ||
      registration.generation !== (this.#poller.tokenHigh(index) | 0)
    ) {
      this.#stale(slot)
      return
    }
    let { events } = registration
    const isOneshot = (events & EpollFlag.ONESHOT) !== 0
    // A borrower may have changed it.
    if (isOneshot) events = this.#list.table.events(slot)
    const readiness = (this.#poller.flags(index) & (events | alwaysReported)) >>> 0
    if (readiness === 0 || (isOneshot && !this.#fire(registration))) {
      this.#counters.spurious++
      return
    }
    this.#call(registration, readiness)
  }

  #stale(slot: number): void {
    this.#counters.stale++
    // What a handler of this batch has ended or changed explains it. Nothing else does: the number was closed while a
    // duplicate kept its description alive, and the kernel reports it for ever.
    if (this.#pool.changedInBatch(slot)) return
    this.#counters.ghosts++
    this.#ghost = true
  }

  /** Takes a oneshot from armed to fired. False: it is not armed, as far as anybody knows. */
  #fire(registration: Registration): boolean {
    const { table } = this.#list
    const { slot } = registration
    if (registration.armedTwice) {
      settle(this.#list, this.#poller, registration)
      return false
    }
    // Most often it is armed, and was so by nobody but the generation's own: one step.
    const armed = pack(SlotState.ARMED, 0, registration.generation)
    for (let word = armed; ; word = table.word(slot)) {
      const state = stateOf(word)
      // REARMING: the borrower's epoll_ctl(2) is done, as this event proves; it only has not said so yet.
      if (state !== SlotState.ARMED && state !== SlotState.REARMING) return false
      if (!table.exchange(slot, word, withoutDesk(word))) continue
      // Whoever armed it last has put it on the list.
      if (registration.leftOut) registration.leftOut = false
      return true
    }
  }

  #turns(due: number): void {
    for (const registration of this.#waiting.splice(0, due)) {
      // Asked for in this batch, after an earlier wish had been taken back: its entry is the later one.
      if (!isDue(registration) || registration.askedIn === this.#counters.waits) continue
      const readiness = registration.pending
      registration.pending = 0
      this.#call(registration, readiness)
      if (!registration.alwaysReady || isOneshot(registration.mode)) continue
      if (!registration.ended && !registration.disarmed) registration.again()
    }
  }

  #call(registration: Registration, readiness: number): void {
    this.#delivered++
    try {
      registration.handler(readiness, registration)
    } catch (error) {
      this.#thrown.add(error)
    }
  }
}

function withoutDesk(word: number): number {
  return withState(word, SlotState.FIRED) & ~(0x3ff << 3)
}

/** Not ended, lent or disarmed since it asked: whatever does that takes the wish back. */
function isDue(registration: Registration): boolean {
  return registration.pending !== 0
}
