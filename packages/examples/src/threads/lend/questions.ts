import type { Registration } from '@rearm/reactor'

/** One job: connections to serve, and the server's state if one of them has asked for it. */
export interface Serve {
  /** Slot and generation of one ticket after the other. */
  readonly tickets: readonly number[]
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
    private readonly answer: () => string = () => '',
  ) {
    this.#asked = new Uint8Array(memory)
  }

  ask(slot: number): void {
    Atomics.store(this.#asked, slot, 1)
  }

  /** Lends what has fired: one job, with the answer if somebody in it has asked. */
  lend(fired: readonly Registration[]): Serve {
    const tickets: number[] = []
    let isAsked = false
    for (const registration of fired) {
      if (registration.ended) continue
      const { slot, generation } = registration.lend()
      tickets.push(slot, generation)
      if (this.#take(slot)) isAsked = true
    }
    return isAsked ? { tickets, state: this.answer() } : { tickets }
  }

  /** Whether it has asked; no more after that. */
  #take(slot: number): boolean {
    return this.#asked[slot] === 1 && Atomics.exchange(this.#asked, slot, 0) === 1
  }
}
