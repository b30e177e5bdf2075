import { threadId } from 'node:worker_threads'
import { EventFd, epollCtl } from '@rearm/epoll-native'
import { LoanError, ReactorClosedError, StaleTicketError } from '../errors.js'
import type { Ctl } from './arm.js'
import { Loan } from './loan.js'
import { deskOf, mostDesks, pack, SlotState, stateOf, withState } from './slot-state.js'
import { type SharedReactor, SlotTable } from './slot-table.js'
import type { Ticket } from './ticket.js'

/**
 * Where a worker borrows descriptors of a reactor in another thread. Made once per worker, of what `reactor.share()`
 * gave; it starts no reactor.
 */
export class LoanDesk {
  /** @internal */
  readonly table: SlotTable
  /** @internal */
  readonly number: number
  /** @internal */
  readonly ctl: Ctl

  /** @throws {LoanError} when 1023 desks are open on this reactor */
  constructor(shared: SharedReactor) {
    this.table = SlotTable.attach(shared)
    const desk = this.table.openDesk(threadId)
    if (desk === undefined) {
      throw new LoanError(
        `${mostDesks} desks are open: call reactor.reclaim(threadId) when a worker has ended`,
      )
    }
    this.number = desk
    // One number for the reactor's life: a rebuilt epoll takes the old one's place under it.
    const { epfd } = this.table
    this.ctl = (op, fd, events, low, high) => epollCtl(epfd, op, fd, events, low, high)
  }

  /**
   * Borrows what `registration.lend()` gave a ticket for.
   *
   * @throws {StaleTicketError} for a ticket that was used before, whose loan was taken back, or of another reactor
   * @throws {ReactorClosedError}
   */
  borrow({ slot, generation }: Ticket): Loan {
    const { table, number } = this
    if (isUint32(slot) && isUint32(generation) && slot < table.capacity) {
      const lent = pack(SlotState.LENT, 0, generation)
      const borrowed = pack(SlotState.BORROWED, number, generation)
      // The state word has only the low bits of the generation.
      if (table.generation(slot) === generation && table.exchange(slot, lent, borrowed)) {
        return new Loan(this, slot, generation)
      }
    }
    // A closed reactor has taken all tickets back, so that it need be asked only now.
    throw table.closed ? new ReactorClosedError() : new StaleTicketError()
  }

  /** @internal Hands a slot of ours (BORROWED, REARMING or REVOKED) back to the reactor, to be closed. */
  giveBack(slot: number): void {
    const { table, number } = this
    // The loan keeps the bell open, and is over in a moment: from then on only that we are counted in does.
    if (!table.beginRing(number)) return
    try {
      for (;;) {
        const word = table.word(slot)
        if (deskOf(word) !== number || stateOf(word) === SlotState.RETURNED) return
        if (table.exchange(slot, word, withState(word, SlotState.RETURNED))) break
      }
      table.pushReturned(slot)
      EventFd.write(table.bell)
    } finally {
      table.endRing(number)
    }
  }
}

function isUint32(value: unknown): boolean {
  return typeof value === 'number' && value >>> 0 === value
}
