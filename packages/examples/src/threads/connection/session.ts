import { Errno } from '@rearm/epoll-native'
import { recv, ShutdownMode, send, shutdown } from '@rearm/epoll-native/socket'
import { Conversation, type ConversationOptions, Next } from '../protocol/index.js'
import type { ThreadIo } from './io.js'
import { Linger } from './linger.js'

/** What a connection waits for when its turn is over. */
export const Turn = {
  /** Input. */
  READ: 0,
  /** Room for output; also when only its turn is over, because there is room at once. */
  WRITE: 1,
  /** `sleepMs` milliseconds, then `wake`: also while it waits for its peer to end. */
  SLEEP: 2,
  /** The server's state: `tell`. */
  STATS: 3,
  /** Nothing: it is to be closed. */
  OVER: 4,
  /** The thread's end. */
  CRASH: 5,
} as const
export type Turn = (typeof Turn)[keyof typeof Turn]

/** Reads of one turn when everything that was received is wanted. */
const mostReads = 16

/**
 * One connection as its thread sees it, in all modes: reads, converses, writes. It never waits, and never closes: each turn
 * ends with what it waits for. Unsent output is bounded by the answer buffer: while there is any, nothing is read. What all
 * connections hold is bounded by the budget: one that would have to hold more is told so, and is over.
 */
export class Session {
  readonly fd: number
  /** What its descriptor is armed for: its driver's own note. */
  interest: number
  readonly #conversation: Conversation
  #unsent: Uint8Array | undefined
  /** What the budget is charged for it. */
  #charge = 0
  #hasPeerEnded = false
  /** From the last answer to the close. */
  #linger: Linger | undefined

  constructor(fd: number, interest: number, options: ConversationOptions) {
    this.fd = fd
    this.interest = interest
    this.#conversation = new Conversation(options)
  }

  get sleepMs(): number {
    return this.#linger?.sleepMs ?? this.#conversation.sleepMs
  }

  get asksForState(): boolean {
    return (
      this.#linger === undefined &&
      this.#unsent === undefined &&
      this.#conversation.next === Next.STATS
    )
  }

  /** Goes on as far as it can. @param isLast the server stops: read all that was received, and end with its answers */
  turn(io: ThreadIo, isLast: boolean): Turn {
    return this.#hold(io, this.#go(io, isLast), isLast)
  }

  /** Goes on after `SLEEP`. */
  wake(io: ThreadIo, isLast: boolean): Turn {
    const turn =
      this.#linger === undefined
        ? this.#answer(io, this.#conversation.proceed(io.answers), isLast)
        : this.#discard(io, this.#linger, isLast)
    return this.#hold(io, turn, isLast)
  }

  /** Goes on after `STATS`. */
  tell(io: ThreadIo, state: string, isLast: boolean): Turn {
    const next = this.#conversation.tell(state, io.answers)
    return this.#hold(io, this.#answer(io, next, isLast), isLast)
  }

  /** It has no turn any more, whoever has ended it: what it held is there for others. */
  release({ budget }: ThreadIo): void {
    budget.replace(this.#charge, 0)
    this.#charge = 0
  }

  /** Has the budget charged for what is kept until its next turn. */
  #hold(io: ThreadIo, turn: Turn, isLast: boolean): Turn {
    const { budget } = io
    const unsent = this.#unsent === undefined ? 0 : this.#unsent.buffer.byteLength
    const charge = turn === Turn.OVER ? 0 : budget.charge(this.#conversation.keptBytes + unsent)
    if (charge === this.#charge) return turn
    if (budget.replace(this.#charge, charge)) {
      this.#charge = charge
      return turn
    }
    // After a part of an answer nothing else can be said.
    if (this.#unsent !== undefined || this.#linger !== undefined) {
      this.release(io)
      return Turn.OVER
    }
    return this.#hold(io, this.#send(io, this.#conversation.giveUp(io.answers), isLast), isLast)
  }

  #go(io: ThreadIo, isLast: boolean): Turn {
    if (this.#linger !== undefined) return this.#discard(io, this.#linger, isLast)
    if (this.#unsent !== undefined && !this.#flush(this.#unsent)) {
      return this.#unsent === undefined ? Turn.OVER : Turn.WRITE
    }
    const conversation = this.#conversation
    switch (conversation.next) {
      case Next.READ:
        return this.#read(io, isLast)
      case Next.FLUSH:
      case Next.YIELD:
        return this.#answer(io, conversation.proceed(io.answers), isLast)
      default:
        return this.#answer(io, conversation.next, isLast)
    }
  }

  #read(io: ThreadIo, isLast: boolean): Turn {
    for (let reads = 0; reads < mostReads; reads++) {
      const count = recv(this.fd, io.input.id)
      if (count === -Errno.EAGAIN) return isLast ? this.#leave(io, true) : Turn.READ
      if (count === -Errno.EINTR) continue
      if (count < 0) return Turn.OVER
      const conversation = this.#conversation
      if (count === 0) this.#hasPeerEnded = true
      const next =
        count === 0
          ? conversation.end(io.answers)
          : conversation.feed(io.input.bytes, 0, count, io.answers)
      const turn = this.#send(io, next, isLast)
      if (turn !== Turn.READ || !isLast) return turn
    }
    return Turn.WRITE
  }

  #answer(io: ThreadIo, next: Next, isLast: boolean): Turn {
    const turn = this.#send(io, next, isLast)
    return turn === Turn.READ && isLast ? this.#read(io, isLast) : turn
  }

  /** Writes the answers, and more of them as long as the peer takes them. */
  #send(io: ThreadIo, first: Next, isLast: boolean): Turn {
    const { answers } = io
    for (let next = first; ; next = this.#conversation.proceed(answers)) {
      const { length } = answers
      if (length > 0) {
        answers.clear()
        const sent = send(this.fd, io.output.id, 0, length)
        if (sent < length) {
          if (sent < 0 && sent !== -Errno.EAGAIN && sent !== -Errno.EINTR) return Turn.OVER
          // The buffer is everybody's: what is left of it is copied out.
          this.#unsent = answers.bytes.slice(Math.max(sent, 0), length)
          return Turn.WRITE
        }
      }
      if (next !== Next.FLUSH) return this.#turnAfter(io, next, isLast)
    }
  }

  #turnAfter(io: ThreadIo, next: Next, isLast: boolean): Turn {
    switch (next) {
      case Next.READ:
        return Turn.READ
      case Next.SLEEP:
        return Turn.SLEEP
      case Next.STATS:
        return Turn.STATS
      case Next.CRASH:
        return Turn.CRASH
      case Next.CLOSE:
        return this.#leave(io, isLast)
      default:
        return Turn.WRITE
    }
  }

  /**
   * All is answered. A close over unread input, or before input that is under way, is a reset, and that destroys answers which
   * the peer has not read: so it is told the end, and what it still sends is thrown away until it ends its half.
   */
  #leave(io: ThreadIo, isLast: boolean): Turn {
    if (this.#hasPeerEnded || shutdown(this.fd, ShutdownMode.WRITE) < 0) return Turn.OVER
    this.#linger = new Linger()
    return this.#discard(io, this.#linger, isLast)
  }

  #discard(io: ThreadIo, linger: Linger, isLast: boolean): Turn {
    for (let reads = 0; reads < mostReads; reads++) {
      const count = recv(this.fd, io.input.id)
      if (count === -Errno.EINTR) continue
      if (count === -Errno.EAGAIN) return linger.isOver(reads > 0, isLast) ? Turn.OVER : Turn.SLEEP
      if (count <= 0) return Turn.OVER
    }
    return linger.isOver(true, isLast) ? Turn.OVER : Turn.WRITE
  }

  /** False: not all could be sent; what is left is in `#unsent`, unless the connection is broken. */
  #flush(unsent: Uint8Array): boolean {
    const sent = send(this.fd, unsent)
    if (sent === unsent.length) {
      this.#unsent = undefined
      return true
    }
    if (sent >= 0) this.#unsent = unsent.subarray(sent)
    else if (sent !== -Errno.EAGAIN && sent !== -Errno.EINTR) this.#unsent = undefined
    return false
  }
}
