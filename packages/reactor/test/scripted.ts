import type { Reactor, Ticket } from '../src/index.js'
import type { Ctl } from '../src/loan/arm.js'
import { LoanDesk } from '../src/loan/index.js'
import { type Lender, Loan } from '../src/loan/loan.js'
import type { SlotTable } from '../src/loan/slot-table.js'
import { FakePoller } from '../src/testing/index.js'

/** A fake kernel in which a test can step between the stages of a rebuild. */
export class SteppedPoller extends FakePoller {
  /** The new list is filled; the old one still is in place. */
  onFilled: () => void = () => {}
  /** The new list is in place; who was silent or on loan has not been looked at again. */
  onReplaced: () => void = () => {}
  /** Answers an `ADD` to the new list in the kernel's stead. */
  refuse: number | undefined

  override replace(fill: (ctl: Ctl) => void): void {
    super.replace((ctl) => {
      fill((...call) =>
        this.refuse !== undefined && call[3] !== 0xffffffff ? this.refuse : ctl(...call),
      )
      this.onFilled()
    })
    this.onReplaced()
  }

  /** Lets the next wait find an event of a descriptor that was closed behind the reactor's back. */
  scriptGhost(): void {
    this.script([{ fd: -1, flags: 1, token: { low: 60_000, high: 7 } }])
  }

  /** The token and whether it is armed, of what is on the list; `undefined`: it is not. */
  listed(fd: number): { readonly generation: number; readonly armed: boolean } | undefined {
    const entry = this.entries().find((each) => each.fd === fd)
    return entry && { generation: entry.tokenHigh, armed: (entry.events & 1) !== 0 }
  }
}

/**
 * A desk of "another thread", whose epoll_ctl(2) is the fake kernel's, and around each call of which a test can let the
 * reactor's thread do things.
 */
export class ScriptedDesk implements Lender {
  readonly number: number
  readonly table: SlotTable
  /** Called before the n-th epoll_ctl(2), from 1. */
  before: (call: number) => void = () => {}
  after: (call: number) => void = () => {}
  /** How many calls were made. */
  calls = 0
  readonly #desk: LoanDesk
  readonly ctl: Ctl

  constructor(reactor: Reactor, kernel: FakePoller) {
    this.#desk = new LoanDesk(reactor.share())
    this.number = this.#desk.number
    this.table = this.#desk.table
    this.ctl = (...call) => {
      const n = ++this.calls
      this.before(n)
      const result = kernel.ctl(...call)
      this.after(n)
      return result
    }
  }

  borrow(ticket: Ticket): Loan {
    this.#desk.borrow(ticket)
    return new Loan(this, ticket.slot, ticket.generation)
  }

  giveBack(slot: number): void {
    this.#desk.giveBack(slot)
  }
}
