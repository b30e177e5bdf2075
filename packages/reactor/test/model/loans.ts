import assert from 'node:assert/strict'
import { threadId } from 'node:worker_threads'
import { LoanError, type Reactor, StaleTicketError, type Ticket } from '../../src/index.js'
import { LoanDesk } from '../../src/loan/index.js'
import { interests, pick } from './choices.js'
import type { Watch } from './watch.js'

/** The operations on loans. */
export class Loans {
  readonly #reactor: Reactor
  readonly #stale: Ticket[] = []
  #desk: LoanDesk

  constructor(reactor: Reactor) {
    this.#reactor = reactor
    this.#desk = new LoanDesk(reactor.share())
  }

  lend(watch: Watch): void {
    const { registration } = watch
    if (registration === undefined || watch.closedBehind) return
    if (watch.refuses(() => registration.lend())) return
    if (!watch.isOneshot || watch.state !== 'fired') {
      assert.throws(() => registration.lend(), LoanError)
      return
    }
    watch.ticket = registration.lend()
    watch.state = 'lent'
    watch.turnDue = 0
  }

  borrow(watch: Watch): void {
    const { ticket } = watch
    if (ticket === undefined) return
    if (watch.state !== 'lent') {
      assert.throws(() => this.#desk.borrow(ticket), StaleTicketError)
      return
    }
    watch.loan = this.#desk.borrow(ticket)
    assert.equal(watch.loan.fd, watch.channel.fd)
    watch.state = 'borrowed'
  }

  borrowStale(choice: number): void {
    const ticket = this.#stale[choice % this.#stale.length]
    if (ticket !== undefined) assert.throws(() => this.#desk.borrow(ticket), StaleTicketError)
  }

  returnLoan(watch: Watch, choice: number): void {
    const { loan } = watch
    if (loan === undefined) return
    watch.loan = undefined
    assert.equal(loan.revoked, watch.state === 'revoked')
    if (choice % 3 === 0) {
      loan.finish()
      watch.state = 'returned'
      return
    }
    const interest = choice % 3 === 1 ? pick(interests, choice >> 2) : watch.interest
    loan.rearm(interest)
    if (watch.state === 'revoked') {
      watch.state = 'returned'
      return
    }
    watch.state = 'armed'
    watch.interest = interest
    watch.edge = true
  }

  recall(watch: Watch): void {
    assert.equal(watch.registration?.recall(), watch.state === 'lent')
    if (watch.state === 'lent') watch.state = 'fired'
    if (watch.ticket !== undefined && watch.state === 'fired') this.#stale.push(watch.ticket)
  }

  /** The thread of the desk is gone. Returns what it had borrowed, and has lost. */
  reclaim(live: readonly Watch[]): Watch[] {
    const ends = live.filter(({ state }) => ['borrowed', 'revoked', 'returned'].includes(state))
    const { closed, rearmed } = this.#reactor.reclaim(threadId)
    assert.equal(closed, ends.filter(({ state }) => state !== 'returned').length)
    assert.equal(rearmed, 0)
    this.#desk = new LoanDesk(this.#reactor.share())
    return ends
  }
}
