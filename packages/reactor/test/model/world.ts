import assert from 'node:assert/strict'
import { threadId } from 'node:worker_threads'
import { SystemError } from '@rearm/epoll-native'
import {
  AlreadyRegisteredError,
  Interest,
  InvalidRegistrationError,
  LoanError,
  type Mode,
  Reactor,
  ReentrantPollError,
  RegistrationEndedError,
  StaleTicketError,
  type Ticket,
} from '../../src/index.js'
import { LoanDesk } from '../../src/loan/index.js'
import { Channel } from './channel.js'
import { Watch } from './watch.js'

const modes: readonly Mode[] = ['level', 'edge', 'oneshot', 'oneshot', 'edge-oneshot', 'exclusive']
const interests = [
  Interest.READABLE,
  Interest.READABLE,
  Interest.WRITABLE,
  5 | 0x2000,
  Interest.NONE,
]
const mostChannels = 64

/** A reactor, the model of it, and the operations on both: each does the same to the two, and compares. */
export class World {
  readonly reactor = new Reactor({ loop: 'manual', capacity: 96 })
  readonly channels: Channel[] = []
  readonly watches: Watch[] = []
  readonly #stale: Ticket[] = []
  #desk = new LoanDesk(this.reactor.share())
  #polls = 0
  #polling = false
  /** What handlers do in the poll under way. */
  #acts: (() => void)[] = []
  #isQuiet = true
  /** Whether something has left an entry in the kernel's list that no number reaches. */
  mayHaveGhosts = false

  get hasRebuilt(): boolean {
    return this.reactor.stats().rebuilds > 0
  }

  live(): Watch[] {
    return this.watches.filter(({ state }) => state !== 'ended')
  }

  open(count: number): void {
    for (let i = 0; i < count && this.channels.length < mostChannels; i++) {
      this.channels.push(new Channel())
    }
  }

  register(channel: Channel, choice: number): void {
    if (!channel.isOpen) return
    const watch = new Watch(channel, pick(modes, choice), pick(interests, choice >> 3))
    const handler = (readiness: number, self: Parameters<typeof watch.called>[1]) => {
      watch.called(readiness, self, this.#polls, this.#isQuiet)
      this.#acts.shift()?.()
    }
    const known = this.live().find((each) => each.channel.fd === channel.fd)
    const register = () =>
      this.reactor.register(channel.fd, watch.interest, handler, { mode: watch.mode })
    if (known !== undefined && !known.closedBehind) {
      assert.throws(register, AlreadyRegisteredError)
      return
    }
    // The list cannot know of a silent one that its number is somebody else's.
    if (known?.state === 'fired' && this.hasRebuilt) return
    watch.registration = register()
    if (known !== undefined) this.#ended(known)
    this.watches.push(watch)
  }

  modify(watch: Watch, choice: number): void {
    const interest = pick(interests, choice)
    const { registration } = watch
    const modify = () => registration?.modify(interest)
    if (this.#refuses(watch, modify)) return
    if (watch.mode === 'exclusive') {
      assert.throws(modify, InvalidRegistrationError)
      return
    }
    if (this.#isUnknowable(watch) || (watch.isOneshot && watch.turnDue > 0)) return
    if (watch.closedBehind) {
      assert.throws(modify, SystemError)
      return
    }
    modify()
    watch.interest = interest
    this.#forgetTurn(watch)
    if (watch.state === 'disarmed') return
    watch.state = 'armed'
    watch.edge = true
  }

  rearm(watch: Watch): void {
    const rearm = () => watch.registration?.rearm()
    if (this.#refuses(watch, rearm)) return
    if (this.#isUnknowable(watch) || (watch.isOneshot && watch.turnDue > 0)) return
    if (watch.mode === 'exclusive' && watch.state !== 'disarmed') return
    if (watch.closedBehind) {
      assert.throws(rearm, SystemError)
      return
    }
    rearm()
    this.#forgetTurn(watch)
    watch.state = 'armed'
    watch.edge = true
  }

  disarm(watch: Watch): void {
    const disarm = () => watch.registration?.disarm()
    if (this.#refuses(watch, disarm) || this.#isUnknowable(watch)) return
    watch.turnDue = 0
    if (watch.closedBehind) {
      assert.throws(disarm, SystemError)
      return
    }
    disarm()
    watch.state = 'disarmed'
  }

  again(watch: Watch): void {
    const again = () => watch.registration?.again(Interest.READABLE)
    if (this.#refuses(watch, again)) return
    if (watch.turnDue > 0 || (watch.isOneshot && watch.state === 'armed')) return
    again()
    watch.turnDue = this.#polls + 1
  }

  lend(watch: Watch): void {
    const { registration } = watch
    if (registration === undefined || watch.closedBehind) return
    if (this.#refuses(watch, () => registration.lend())) return
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

  close(watch: Watch): void {
    // A number that was closed while it was not on the list: nobody could tell whose it is.
    if (this.#isUnknowable(watch)) {
      this.deregister(watch)
      return
    }
    watch.registration?.close()
    if (watch.state === 'borrowed') watch.state = 'revoked'
    if (watch.isOnLoan && watch.state !== 'lent') return
    if (watch.state !== 'ended' && !watch.closedBehind) watch.channel.isOpen = false
    this.#ended(watch)
  }

  deregister(watch: Watch): void {
    if (watch.isOnLoan) {
      assert.throws(() => watch.registration?.deregister(), LoanError)
      return
    }
    watch.registration?.deregister()
    this.#ended(watch)
  }

  closeBehind(channel: Channel, keepsDuplicate: boolean): void {
    const watch = this.live().find((each) => each.channel === channel)
    if (!channel.isOpen || watch?.isOnLoan || watch?.state === 'disarmed') return
    if (watch?.state === 'fired' && this.hasRebuilt) return
    if (keepsDuplicate) channel.duplicate()
    else channel.closeDuplicates()
    channel.close()
    if (watch === undefined) return
    watch.closedBehind = true
    if (keepsDuplicate) this.mayHaveGhosts = true
  }

  /** Leaves a ghost that the next poll finds, and has the epoll rebuilt. */
  haunt(): void {
    this.open(1)
    const channel = this.channels.find(
      ({ isOpen, fd }) => isOpen && !this.live().some((watch) => watch.channel.fd === fd),
    )
    if (channel === undefined || !channel.peerIsOpen) return
    this.register(channel, 0)
    this.closeBehind(channel, true)
    for (const watch of this.live()) if (watch.channel === channel) this.close(watch)
    this.write(channel)
  }

  write(channel: Channel): void {
    if (!channel.write()) return
    for (const watch of this.watches) {
      const isAsked = (watch.interest & Interest.READABLE) !== 0
      if (watch.channel === channel && isAsked) watch.edge = true
    }
  }

  hangUp(channel: Channel): void {
    if (!channel.peerIsOpen) return
    channel.hangUp()
    for (const watch of this.watches) if (watch.channel === channel) watch.edge = true
  }

  /** The thread of the desk is gone, and all that it had borrowed. */
  reclaim(): void {
    const ends = this.live().filter(({ state }) =>
      ['borrowed', 'revoked', 'returned'].includes(state),
    )
    const { closed, rearmed } = this.reactor.reclaim(threadId)
    assert.equal(closed, ends.filter(({ state }) => state !== 'returned').length)
    assert.equal(rearmed, 0)
    for (const watch of ends) this.#closed(watch)
    this.#desk = new LoanDesk(this.reactor.share())
  }

  /** One poll. Without `acts` it has to bring exactly what the model says. */
  poll(acts: (() => void)[] = []): void {
    if (this.#polling) {
      assert.throws(() => this.reactor.poll(0), ReentrantPollError)
      return
    }
    this.#polls++
    this.#acts = acts
    this.#isQuiet = acts.length === 0
    const expected = this.live().map((watch) => ({ watch, bounds: watch.expectation(this.#polls) }))
    for (const { watch } of expected) watch.calls = 0
    const returned = this.live().filter(({ state }) => state === 'returned')
    this.#polling = true
    this.reactor.poll(0)
    this.#polling = false
    for (const watch of returned) this.#closed(watch)
    for (const watch of this.watches) if (watch.turnDue <= this.#polls) watch.turnDue = 0
    if (!this.#isQuiet) return
    for (const { watch, bounds } of expected) {
      const [least, most] = bounds
      const { calls, state, mode } = watch
      assert.ok(
        calls >= least && calls <= most,
        `${mode}, ${state}: ${calls} calls, not ${least} to ${most}`,
      )
    }
  }

  /** A turn that nobody asks for any more is not given. */
  #forgetTurn(watch: Watch): void {
    if ((watch.interest & Interest.READABLE) === 0) watch.turnDue = 0
  }

  /** What is over or on loan refuses to be changed. */
  #refuses(watch: Watch, change: () => void): boolean {
    if (watch.state === 'ended') assert.throws(change, RegistrationEndedError)
    else if (watch.isOnLoan) assert.throws(change, LoanError)
    else return false
    return true
  }

  #isUnknowable(watch: Watch): boolean {
    return watch.closedBehind && watch.state === 'fired' && this.hasRebuilt
  }

  #closed(watch: Watch): void {
    if (watch.state === 'ended') return
    watch.channel.isOpen = false
    watch.loan = undefined
    this.#ended(watch)
  }

  #ended(watch: Watch): void {
    assert.equal(watch.registration?.ended, true, `not ended, but ${watch.state}`)
    watch.state = 'ended'
    watch.turnDue = 0
  }
}

function pick<T>(from: readonly T[], choice: number): T {
  const value = from[choice % from.length]
  assert.ok(value !== undefined)
  return value
}
