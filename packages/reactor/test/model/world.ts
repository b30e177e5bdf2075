import assert from 'node:assert/strict'
import { SystemError } from '@rearm/epoll-native'
import {
  AlreadyRegisteredError,
  Interest,
  InvalidRegistrationError,
  LoanError,
  Reactor,
  ReentrantPollError,
  type Registration,
} from '../../src/index.js'
import { Channel } from './channel.js'
import { interests, modes, pick } from './choices.js'
import { Loans } from './loans.js'
import { Watch } from './watch.js'

const mostChannels = 64

/** A reactor, the model of it, and the operations on both: each does the same to the two, and compares. */
export class World {
  readonly reactor = new Reactor({ loop: 'manual', capacity: 96 })
  readonly channels: Channel[] = []
  readonly watches: Watch[] = []
  readonly loans = new Loans(this.reactor)
  #polls = 0
  #polling = false
  /** What handlers and `onEnd`s do in the operation under way. */
  #acts: (() => void)[] = []
  #isQuiet = true
  /** In an operation after which the model has to catch up first. */
  #isBusy = false
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
      const act = this.#acts.shift()
      if (act === undefined) return
      // The bell may have come first in this batch: what was returned is closed by then.
      this.#noticeEnds()
      act()
      this.checkEnds()
    }
    const known = this.live().find((each) => each.channel.fd === channel.fd)
    const register = () =>
      this.reactor.register(channel.fd, watch.interest, handler, {
        mode: watch.mode,
        onEnd: (self) => this.#end(watch, self),
      })
    if (known !== undefined && !known.closedBehind) {
      assert.throws(register, AlreadyRegisteredError)
      return
    }
    // The list cannot know of a silent one that its number is somebody else's.
    if (known?.state === 'fired' && this.hasRebuilt) return
    this.#isBusy = true
    watch.registration = register()
    this.#isBusy = false
    if (known !== undefined) this.#ended(known)
    this.watches.push(watch)
  }

  /** Every end was told once, and none that has not come. */
  checkEnds(): void {
    for (const { ends, registration } of this.watches) {
      assert.equal(ends, registration?.ended === true ? 1 : 0, 'an end was not told')
    }
  }

  modify(watch: Watch, choice: number): void {
    const interest = pick(interests, choice)
    const { registration } = watch
    const modify = () => registration?.modify(interest)
    if (watch.refuses(modify)) return
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
    if (watch.refuses(rearm)) return
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
    if (watch.refuses(disarm) || this.#isUnknowable(watch)) return
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
    if (watch.refuses(again)) return
    if (watch.turnDue > 0 || (watch.isOneshot && watch.state === 'armed')) return
    again()
    watch.turnDue = this.#polls + 1
  }

  close(watch: Watch): void {
    // A number that was closed while it was not on the list: nobody could tell whose it is.
    if (this.#isUnknowable(watch)) {
      this.deregister(watch)
      return
    }
    watch.isClosing = true
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

  /** Ends it in either way, and does `acts` in its `onEnd` and those that these call forth, one each. */
  endAndAct(watch: Watch, end: 'close' | 'deregister', acts: (() => void)[]): void {
    this.#acts = acts
    this[end](watch)
    this.#acts = []
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

  /** A rebuild while it is on loan, and the loan's end in whatever way. */
  lendThroughRebuild(watch: Watch, choice: number): void {
    if (!watch.isOneshot || watch.closedBehind || this.#polling) return
    if (watch.state === 'armed') {
      this.write(watch.channel)
      this.poll()
    }
    this.loans.lend(watch)
    this.haunt()
    this.poll()
    if (watch.state !== 'lent') return
    this.loans.borrow(watch)
    this.loans.returnLoan(watch, choice)
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
    // Until it is over there is no desk to borrow at.
    const wasBusy = this.#isBusy
    this.#isBusy = true
    for (const watch of this.loans.reclaim(this.live())) this.#closed(watch)
    this.#isBusy = wasBusy
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
    this.#acts = []
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

  #end(watch: Watch, self: Registration): void {
    watch.ended(self)
    if (this.#isBusy) return
    this.#noticeEnds()
    const act = this.#acts.shift()
    if (act === undefined) return
    const wasPolling = this.#polling
    // As a handler may not.
    this.#polling = true
    act()
    this.#polling = wasPolling
  }

  /** Has the model catch up in the middle of an operation. */
  #noticeEnds(): void {
    for (const watch of this.live()) {
      if (watch.registration?.ended !== true) continue
      const isClosed = (watch.isClosing || watch.isOnLoan) && !watch.closedBehind
      if (isClosed) this.#closed(watch)
      else this.#ended(watch)
    }
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
