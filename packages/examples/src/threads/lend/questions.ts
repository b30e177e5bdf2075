import type { Ticket } from '@rearm/reactor/loan'

/** A ticket, and the server's state if its connection has asked for it. */
export interface Serve extends Ticket {
  readonly state?: string
}

/**
 * Which connections ask for the server's state: a byte per slot, in memory that all threads see. A worker asks, then re-arms the
 * connection; the reactor's thread answers with the next ticket. So a question waits its turn as everything else.
 */
export class Questions {
  readonly #asked: Uint8Array

  constructor(
    readonly memory: SharedArrayBuffer,
    private readonly state: () => string = () => '',
  ) {
    this.#asked = new Uint8Array(memory)
  }

  ask(slot: number): void {
    Atomics.store(this.#asked, slot, 1)
  }

  /** The worker has its answer. */
  settle(slot: number): void {
    Atomics.store(this.#asked, slot, 0)
  }

  /** What to send with a ticket. */
  answer(ticket: Ticket): Serve {
    return this.#asked[ticket.slot] === 1 ? { ...ticket, state: this.state() } : ticket
  }
}
