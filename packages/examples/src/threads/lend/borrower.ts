import {
  type Loan,
  LoanDesk,
  ReactorClosedError,
  type SharedReactor,
  StaleTicketError,
} from '@rearm/reactor/loan'

/** What may follow a turn instead of an interest to be armed for: the end, or another turn of the same loan. */
export const After = { END: -1, KEEP: -2 } as const

/** Gives a connection its turn, and says what follows. */
export type TakeTurn = (loan: Loan, slot: number) => number

/** The worker's half of the composition: borrows what is lent to it, gives the connection its turn and re-arms it from here. */
export class Borrower {
  readonly #desk: LoanDesk

  /** @param forget called when a slot's connection is over */
  constructor(
    reactor: SharedReactor,
    private readonly forget: (slot: number) => void,
  ) {
    this.#desk = new LoanDesk(reactor)
  }

  /** @param tickets slot and generation of one after the other */
  serve(tickets: readonly number[], turn: TakeTurn): void {
    for (let i = 0; i < tickets.length; i += 2) {
      const slot = tickets[i] ?? 0
      const loan = this.#borrow(slot, tickets[i + 1] ?? 0)
      if (loan !== undefined) this.give(loan, slot, turn)
    }
  }

  /** Also for the next turn of a loan that was kept. A turn that throws ends its own connection: the other tickets are as good as before. */
  give(loan: Loan, slot: number, turn: TakeTurn): void {
    try {
      const after = turn(loan, slot)
      if (after === After.KEEP) return
      // Its interest is named each time: a server that stops has changed what it was armed for.
      if (after !== After.END && loan.rearm(after)) return
    } catch (error) {
      console.error(error)
    }
    this.forget(slot)
    // A loan that could not be re-armed is over already.
    if (!loan.over) loan.finish()
  }

  /** Undefined: the reactor has closed it meanwhile, or is closed itself. */
  #borrow(slot: number, generation: number): Loan | undefined {
    try {
      return this.#desk.borrow({ slot, generation })
    } catch (error) {
      if (error instanceof StaleTicketError || error instanceof ReactorClosedError) return undefined
      throw error
    }
  }
}
