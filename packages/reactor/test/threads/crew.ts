import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Reactor, Ticket } from '../../src/index.js'

const capacity = 4096

/** One worker and the ring of tickets that leads to it. */
export class Borrower {
  readonly threadId: number
  /** Somebody is about to end it; it may still be at work. */
  killed = false
  readonly #worker: Worker
  readonly #ring: Int32Array
  #given = 0

  private constructor(worker: Worker, ring: Int32Array) {
    this.#worker = worker
    this.threadId = worker.threadId
    this.#ring = ring
  }

  static async start(
    reactor: Reactor,
    seed: number,
    failed: (error: unknown) => void,
  ): Promise<Borrower> {
    const memory = new SharedArrayBuffer((2 + capacity * 3) * 4)
    const workerData = { reactor: reactor.share(), memory, seed }
    const worker = new Worker(new URL('./borrower.mjs', import.meta.url), {
      workerData,
      execArgv: [],
    })
    const borrower = new Borrower(worker, new Int32Array(memory))
    worker.on('error', failed)
    await once(worker, 'message')
    return borrower
  }

  give({ slot, generation }: Ticket, id: number): void {
    const entry = 2 + (this.#given % capacity) * 3
    this.#ring.set([slot, generation, id], entry)
    Atomics.store(this.#ring, 0, ++this.#given)
    Atomics.notify(this.#ring, 0)
  }

  /** Ends the thread wherever it is, and resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#worker.terminate()
  }
}
