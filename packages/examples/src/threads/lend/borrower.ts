import {
  Interest,
  type Loan,
  LoanDesk,
  ReactorClosedError,
  StaleTicketError,
  type Ticket,
} from '@rearm/reactor/loan'
import { ThreadIo } from '../connection/io.js'
import { MemoryBudget } from '../connection/memory-budget.js'
import { Session, Turn } from '../connection/session.js'
import { Count, Counters } from '../counters.js'
import { Questions, type Serve } from './questions.js'
import { type LendingSetup, StopFlag } from './shared.js'

interface LentSession {
  /** The registration's: slot and number may be the next connection's. */
  readonly tenancy: number
  readonly session: Session
}

/**
 * A worker: borrows what is lent to it, gives the connection its turn and re-arms it from here. A connection's state lives in
 * one worker.
 */
export class Borrower {
  readonly #desk: LoanDesk
  readonly #questions: Questions
  readonly #stopping: StopFlag
  readonly #counts: Float64Array
  readonly #chaos: boolean
  /** Answered by the worker that this one replaces. */
  readonly #requestsBefore: number
  readonly #io: ThreadIo
  /** By slot. A connection that the reactor has closed by itself leaves its own there, until the slot's next one comes. */
  readonly #sessions: (LentSession | undefined)[] = []

  constructor(setup: LendingSetup, index: number) {
    this.#desk = new LoanDesk(setup.reactor)
    this.#questions = new Questions(setup.questions)
    this.#stopping = new StopFlag(setup.stopping)
    const counters = new Counters(setup.threads, setup.counters)
    this.#counts = counters.row(index)
    this.#io = new ThreadIo(new MemoryBudget(counters, index, setup.memory * 2 ** 20))
    this.#chaos = setup.chaos
    this.#requestsBefore = this.#counts[Count.REQUESTS] ?? 0
  }

  serve({ tickets, state }: Serve): void {
    for (let i = 0; i < tickets.length; i += 2) {
      this.#serve({ slot: tickets[i] ?? 0, generation: tickets[i + 1] ?? 0 }, state)
    }
  }

  #serve(ticket: Ticket, state: string | undefined): void {
    const loan = this.#borrow(ticket)
    if (loan === undefined) return
    const { slot } = ticket
    try {
      const session = this.#sessionAt(slot, loan)
      const isLast = this.#stopping.isSet
      const turn =
        state !== undefined && session.asksForState
          ? session.tell(this.#io, state, isLast)
          : session.turn(this.#io, isLast)
      this.#end(loan, slot, session, turn)
    } catch (error) {
      this.#abandon(loan, slot, error)
    }
  }

  #wake(loan: Loan, slot: number, session: Session): void {
    try {
      this.#end(loan, slot, session, session.wake(this.#io, this.#stopping.isSet))
    } catch (error) {
      this.#abandon(loan, slot, error)
    }
  }

  /** A turn that throws ends its own connection: the other tickets of the job are as good as before. */
  #abandon(loan: Loan, slot: number, error: unknown): void {
    console.error(error)
    this.#forget(slot)
    // Everybody's buffer: what it had half answered is nobody else's.
    this.#io.answers.clear()
    // A loan that could not be re-armed is over already.
    if (!loan.over) loan.finish()
  }

  /** Undefined: the reactor has closed it meanwhile, or is closed itself. */
  #borrow(ticket: Ticket): Loan | undefined {
    try {
      return this.#desk.borrow(ticket)
    } catch (error) {
      if (error instanceof StaleTicketError || error instanceof ReactorClosedError) return undefined
      throw error
    }
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

  #end(loan: Loan, slot: number, session: Session, turn: Turn): void {
    this.#count(Count.TURNS)
    this.#counts[Count.REQUESTS] = this.#requestsBefore + this.#io.answers.answers
    switch (turn) {
      case Turn.SLEEP:
        // It stays borrowed: others have their turns meanwhile.
        setTimeout(() => this.#wake(loan, slot, session), session.sleepMs)
        return
      case Turn.OVER:
        this.#forget(slot)
        this.#count(Count.RETURNED)
        loan.finish()
        return
      case Turn.CRASH:
        process.exit(1)
        break
      case Turn.STATS:
        // There is room to write, so that it is back with the answer at once.
        this.#questions.ask(slot)
    }
    this.#count(Count.REARMS)
    // Named each time: a server that stops has changed what it was armed for.
    const goesOn = loan.rearm(turn === Turn.READ ? Interest.READABLE : Interest.WRITABLE)
    if (!goesOn) this.#forget(slot)
  }

  #count(count: Count): void {
    this.#counts[count] = (this.#counts[count] ?? 0) + 1
  }
}
