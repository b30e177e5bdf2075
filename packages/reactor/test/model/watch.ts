import assert from 'node:assert/strict'
import {
  Interest,
  LoanError,
  type Mode,
  Readiness,
  type Registration,
  RegistrationEndedError,
  type Ticket,
} from '../../src/index.js'
import type { Loan } from '../../src/loan/index.js'
import type { Channel } from './channel.js'

/** What the model believes of a registration. */
export type WatchState =
  | 'armed'
  | 'disarmed'
  | 'fired'
  | 'lent'
  | 'borrowed'
  | 'revoked'
  | 'returned'
  | 'ended'

/** The model of one registration. */
export class Watch {
  readonly channel: Channel
  readonly mode: Mode
  interest: number
  state: WatchState = 'armed'
  registration: Registration | undefined
  /** Its number was closed without telling the reactor. */
  closedBehind = false
  /** An edge that has not been delivered. */
  edge = true
  /** The poll in which a turn without an event is due; 0: none. */
  turnDue = 0
  ticket: Ticket | undefined
  loan: Loan | undefined
  /** Somebody has asked to close it. */
  isClosing = false
  /** Calls of `onEnd`. */
  ends = 0
  /** Calls of the handler in the current poll. */
  calls = 0

  constructor(channel: Channel, mode: Mode, interest: number) {
    this.channel = channel
    this.mode = mode
    this.interest = interest
  }

  get isOneshot(): boolean {
    return this.mode === 'oneshot' || this.mode === 'edge-oneshot'
  }

  get isOnLoan(): boolean {
    return ['lent', 'borrowed', 'revoked', 'returned'].includes(this.state)
  }

  get isReady(): boolean {
    const { unread, peerIsOpen } = this.channel
    if (!peerIsOpen || (this.interest & Interest.WRITABLE) !== 0) return true
    return (this.interest & Interest.READABLE) !== 0 && unread > 0
  }

  /** What is over or on loan refuses to be changed. */
  refuses(change: () => void): boolean {
    if (this.state === 'ended') assert.throws(change, RegistrationEndedError)
    else if (this.isOnLoan) assert.throws(change, LoanError)
    else return false
    return true
  }

  /** How often the handler is called by a poll in which nobody does anything: at least, at most. */
  expectation(poll: number): readonly [number, number] {
    const turn = this.turnDue > 0 && this.turnDue <= poll && !this.isOnLoan ? 1 : 0
    if (this.state !== 'armed') return [turn, turn]
    // As long as a duplicate is open, and the epoll not rebuilt, it is watched.
    if (this.closedBehind) return [turn, turn + (this.channel.hasDuplicates ? 1 : 0)]
    const event = this.isReady ? 1 : 0
    const isEdge = this.mode === 'edge' || this.mode === 'edge-oneshot'
    return [turn + (isEdge && !this.edge ? 0 : event), turn + event]
  }

  /** What every call of `onEnd` has to be: one, of whose registration it is, when it has ended. */
  ended(self: Registration): void {
    this.ends++
    assert.equal(this.ends, 1, 'its end was told twice')
    assert.equal(self, this.registration)
    assert.equal(self.ended, true, 'its end was told before it came')
  }

  /** What every call of a handler has to be: of a live owner, that asked for it. */
  called(readiness: number, self: Registration, poll: number, isQuiet: boolean): void {
    this.calls++
    const turn = this.turnDue > 0 && this.turnDue <= poll
    assert.ok(this.registration === undefined || this.registration === self)
    assert.equal(self.ended, false, 'called after its end')
    assert.notEqual(this.state, 'ended', 'called after its end')
    assert.ok(this.state === 'armed' || turn, `called while ${this.state}`)
    if (!turn) {
      const isAsked = (readiness & ~(this.interest | 0x18)) === 0
      assert.ok(isAsked, `told of ${readiness}, asked for ${this.interest}`)
      // Its own readiness, and nobody else's.
      if (isQuiet && !this.closedBehind) {
        assert.ok(this.isReady, 'told of what is not')
        if (this.channel.peerIsOpen) assert.equal(Readiness.readClosed(readiness), false)
      }
    }
    if (this.state === 'armed') this.edge = false
    if (this.isOneshot && this.state === 'armed') this.state = 'fired'
  }
}
