import { Interest, type Loan } from '@rearm/reactor/loan'
import { ThreadIo } from '../connection/io.js'
import { MemoryBudget } from '../connection/memory-budget.js'
import { Session, Turn } from '../connection/session.js'
import { Count, Counters } from '../counters.js'
import { After, Borrower } from './borrower.js'
import { Questions, type Serve } from './questions.js'
import { type LendingSetup, StopFlag } from './shared.js'

interface LentSession {
  /** The registration's: slot and number may be the next connection's. */
  readonly tenancy: number
  readonly session: Session
}

/** What a worker does with the connections that it borrows. A connection's state lives in one worker. */
export class LentSessions {
  readonly #borrower: Borrower
  readonly #questions: Questions
  readonly #stopping: StopFlag
  readonly #counts: Float64Array
  readonly #chaos: boolean
  /** Answered by the worker that this one replaces. */
  readonly #requestsBefore: number
  readonly #io: ThreadIo
  /** By slot. A connection that the reactor has closed by itself leaves its own there, until the slot's next one comes. */
  readonly #sessions: (LentSession | undefined)[] = []
  /** The server's, if somebody in the present job has asked for it. */
  #state: string | undefined
  readonly #turn = (loan: Loan, slot: number) => this.#take(loan, slot, this.#go)
  readonly #wake = (loan: Loan, slot: number) =>
    this.#take(loan, slot, (session, isLast) => session.wake(this.#io, isLast))
  readonly #go = (session: Session, isLast: boolean) =>
    this.#state !== undefined && session.asksForState
      ? session.tell(this.#io, this.#state, isLast)
      : session.turn(this.#io, isLast)

  constructor(setup: LendingSetup, index: number) {
    this.#borrower = new Borrower(setup.reactor, (slot) => this.#forget(slot))
    this.#questions = new Questions(setup.questions)
    this.#stopping = new StopFlag(setup.stopping)
    const counters = new Counters(setup.threads, setup.counters)
    this.#counts = counters.row(index)
    this.#io = new ThreadIo(new MemoryBudget(counters, index, setup.memory * 2 ** 20))
    this.#chaos = setup.chaos
    this.#requestsBefore = this.#counts[Count.REQUESTS] ?? 0
  }

  serve({ tickets, state }: Serve): void {
    this.#state = state
    this.#count(Count.JOBS)
    this.#borrower.serve(tickets, this.#turn)
  }

  #take(loan: Loan, slot: number, go: (session: Session, isLast: boolean) => Turn): number {
    let turn: Turn
    const session = this.#sessionAt(slot, loan)
    try {
      turn = go(session, this.#stopping.isSet)
    } catch (error) {
      // Everybody's buffer: what it had half answered is nobody else's.
      this.#io.answers.clear()
      throw error
    }
    this.#counts[Count.REQUESTS] = this.#requestsBefore + this.#io.answers.answers
    return this.#after(turn, loan, slot, session)
  }

  #after(turn: Turn, loan: Loan, slot: number, session: Session): number {
    switch (turn) {
      case Turn.SLEEP:
        // It stays borrowed: others have their turns meanwhile.
        setTimeout(() => this.#borrower.give(loan, slot, this.#wake), session.sleepMs)
        return After.KEEP
      case Turn.OVER:
        this.#count(Count.RETURNED)
        return After.END
      case Turn.CRASH:
        process.exit(1)
        break
      case Turn.STATS:
        // There is room to write, so that it is back with the answer at once.
        this.#questions.ask(slot)
    }
    this.#count(Count.REARMS)
    return turn === Turn.READ ? Interest.READABLE : Interest.WRITABLE
  }

  #sessionAt(slot: number, { fd, tenancy }: Loan): Session {
    const known = this.#sessions[slot]
    if (known?.tenancy === tenancy) return known.session
    this.#forget(slot)
    const session = new Session(fd, Interest.READABLE, { chaos: this.#chaos })
    this.#sessions[slot] = { tenancy, session }
    return session
  }

  #forget(slot: number): void {
    this.#sessions[slot]?.session.release(this.#io)
    this.#sessions[slot] = undefined
  }

  #count(count: Count): void {
    this.#counts[count] = (this.#counts[count] ?? 0) + 1
  }
}
