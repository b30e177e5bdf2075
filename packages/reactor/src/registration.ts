import type { InterestList } from './interest-list.js'
import type { Ticket } from './loan/ticket.js'
import type { Mode } from './mode.js'

/** Called when a descriptor is ready; `Readiness` reads the bits. */
export type Handler = (readiness: number, registration: Registration) => void

/** Called when a registration has ended. */
export type OnEnd = (registration: Registration) => void

/**
 * One descriptor on a reactor's list, until it is deregistered or closed. An event that was under way when it ended, or when
 * it was changed, is never delivered.
 */
export class Registration {
  // What each event reads comes first, and so next to each other in memory.
  readonly handler: Handler
  /** @internal The table's generation of its slot, as an int32: a copy, so that an event is checked without the table. */
  generation = 0
  /**
   * @internal The table's events of its slot, as an int32: a copy as well, and good for what is not oneshot. Of a oneshot only
   * the mode's bits are: its borrower may have changed the rest.
   */
  events = 0
  readonly fd: number
  /** @internal */
  readonly slot: number
  readonly mode: Mode
  /**
   * Which registration it is, among those that have its slot one after the other. With the slot of its tickets, which are one for each
   * loan, it names the registration for as long as it lasts; `loan.tenancy` is the same. 0 to 4294967295
   */
  readonly tenancy: number
  /** @internal See `RegisterOptions`. */
  readonly onEnd: OnEnd | undefined
  /** @internal Taken off the kernel's list by `disarm`, until `rearm`. */
  disarmed = false
  /** @internal Not on the list that a rebuild has made: it was silent or on loan. Arming it adds it, whoever does. */
  leftOut = false
  /** @internal A rebuild has told its borrower to arm again: what fires meanwhile may come of the first time. */
  armedTwice = false
  /** @internal */
  ended_ = false
  /** @internal Readiness of the next turn, from `again` or because it is always ready; 0: none. */
  pending = 0
  /** @internal The batch in which that turn was asked for; it is given in a later one. */
  askedIn = 0
  /** @internal A regular file, which no epoll takes. */
  alwaysReady = false
  readonly #list: InterestList

  /** @internal */
  constructor(
    list: InterestList,
    { slot, tenancy, fd }: { slot: number; tenancy: number; fd: number },
    generation: number,
    events: number,
    mode: Mode,
    handler: Handler,
    onEnd: OnEnd | undefined,
  ) {
    this.#list = list
    this.slot = slot
    this.tenancy = tenancy
    this.fd = fd
    this.generation = generation | 0
    this.events = events | 0
    this.mode = mode
    this.handler = handler
    this.onEnd = onEnd
  }

  /** What it asks for; a borrower may have changed it. */
  get interest(): number {
    return this.#list.arming.interestOf(this)
  }

  /** Whether it was deregistered or closed. */
  get ended(): boolean {
    return this.ended_
  }

  /** Whether its descriptor is on loan: lent and not yet re-armed or returned. */
  get lent(): boolean {
    return this.#list.lending.isLent(this)
  }

  /**
   * Asks for something else from now on, and arms a oneshot again. What is ready already is reported again; what
   * was reported for the old interest and not yet delivered is dropped, as are turns that `again` asked for. A disarmed
   * registration stays disarmed.
   *
   * @throws {InvalidRegistrationError} for no interest, or in the mode `exclusive`
   * @throws {RegistrationEndedError} @throws {LoanError} while on loan
   * @throws {SystemError} `ENOENT`, `EBADF`: the descriptor was closed behind the reactor's back
   */
  modify(interest: number): void {
    this.#list.arming.modify(this, interest)
  }

  /** Arms it again: after it fired (oneshot), or was disarmed. Throws as `modify` does. */
  rearm(interest: number = this.interest): void {
    this.#list.arming.rearm(this, interest)
  }

  /** Silences it, errors and hang-ups too, until `rearm()`. Throws as `modify` does. */
  disarm(): void {
    this.#list.arming.disarm(this)
  }

  /**
   * Calls the handler again in the next turn, though the kernel will say nothing: for a handler whose turn is over
   * before its input is.
   *
   * @param readiness what the handler is told; default: its interest
   * @throws {RegistrationEndedError} @throws {LoanError} while on loan
   */
  again(readiness: number = this.interest): void {
    this.#list.arming.again(this, readiness)
  }

  /**
   * Lends the descriptor to another thread, where a `LoanDesk` borrows it. It has to be silent: a oneshot that has fired.
   *
   * @throws {LoanError} in any other state or mode @throws {RegistrationEndedError}
   */
  lend(): Ticket {
    return this.#list.lending.lend(this)
  }

  /**
   * Takes back a ticket that nobody has borrowed, and makes it stale: its queue was full, its worker is gone. False: the
   * descriptor is borrowed, or not lent.
   */
  recall(): boolean {
    return this.#list.lending.recall(this)
  }

  /**
   * Takes it off the list and leaves the descriptor open, which is the caller's from now on. A second call does nothing.
   *
   * @throws {LoanError} while on loan: the descriptor is in use, so only `close()` can end it
   */
  deregister(): void {
    this.#list.deregister(this)
  }

  /**
   * Takes it off the list, then closes the descriptor. While it is on loan the connection is shut down, and closed when the
   * loan ends. A number that is somebody else's by now is not touched. A second call does nothing.
   */
  close(): void {
    this.#list.close(this)
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
