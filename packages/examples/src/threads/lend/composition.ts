import { Interest, type Reactor, type Registration } from '@rearm/reactor'
import { type JobOptions, type Permit, WorkQueue, type WorkQueueOptions } from '@rearm/workqueue'
import type jobs from './jobs.js'
import type { Questions } from './questions.js'

/** Lends one connection. False: the queue is full. */
type Lend = (permit?: Permit<typeof jobs>) => boolean

/** The whole composition: the reactor waits, the queue carries tickets, a worker borrows, serves and re-arms. */
export class Lending {
  readonly queue: WorkQueue<typeof jobs>
  /** What fired while the queue was full, in order. It is silent until it is lent, so it is in here once. */
  readonly waiting = new Map<Registration, Lend>()

  constructor(
    private readonly reactor: Reactor,
    private readonly questions: Questions,
    options: WorkQueueOptions,
  ) {
    this.queue = new WorkQueue<typeof jobs>(new URL('./jobs.js', import.meta.url), options)
  }

  /** Waits for input, and lends the connection to the worker where its state lives, whenever there is some. */
  add(fd: number, toWorker: JobOptions, fired: () => void, onEnd: () => void): Registration {
    const lend: Lend = (permit) => {
      const ticket = registration.lend()
      const job = this.questions.answer(ticket)
      if (permit !== undefined) permit.push('serve', job, toWorker)
      else if (!this.queue.tryPush('serve', job, toWorker)) return !registration.recall()
      return true
    }
    const handler = () => {
      fired()
      if (this.waiting.size > 0 || !lend()) this.#hold(registration, lend)
    }
    const options = { mode: 'oneshot', onEnd } as const
    const registration = this.reactor.register(fd, Interest.READABLE, handler, options)
    return registration
  }

  /** Leaves the input where it is: the kernel holds back who goes on sending. */
  #hold(registration: Registration, lend: Lend): void {
    this.waiting.set(registration, lend)
    if (this.waiting.size === 1) void this.#resume()
  }

  async #resume(): Promise<void> {
    while (this.waiting.size > 0) {
      let permit: Permit<typeof jobs> | undefined = await this.queue.reserve()
      for (const [registration, lend] of this.waiting) {
        if (!registration.ended) {
          if (!lend(permit)) break
          permit = undefined
        }
        this.waiting.delete(registration)
      }
      permit?.release()
    }
  }
}
