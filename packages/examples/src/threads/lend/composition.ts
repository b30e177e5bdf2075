import { Interest, type Reactor, type Registration } from '@rearm/reactor'
import { WorkQueue, type WorkQueueOptions } from '@rearm/workqueue'
import type jobs from './jobs.js'
import type { Questions } from './questions.js'

/** Connections of one job: many, so that threads are woken rarely; not all, so that others' come in between. */
const mostTickets = 64
/** While all workers have enough to do, what fires would only wait behind it, and waking this thread takes a core from one of them (ms). */
const longestPark = 4

/** The whole composition: the reactor waits, the queue carries tickets, a worker borrows, serves and re-arms. */
export class Lending {
  readonly queue: WorkQueue<typeof jobs>
  /** What has fired and is not lent yet, by worker. It is silent until it is lent, so it is in here once. */
  readonly fired: Registration[][]
  /** Whether a `#lend` is to come: after this batch, or when there is room. */
  #isDue = false
  #first = 0

  constructor(
    private readonly reactor: Reactor,
    private readonly questions: Questions,
    options: WorkQueueOptions & { readonly threads: number },
  ) {
    this.queue = new WorkQueue<typeof jobs>(new URL('./jobs.js', import.meta.url), options)
    this.fired = Array.from({ length: options.threads }, () => [])
  }

  /** Waits for input, and lends the connection to its worker whenever there is some. */
  add(fd: number, worker: number, onFire: () => void, onEnd: () => void): Registration {
    const handler = (_: number, registration: Registration) => {
      onFire()
      this.fired[worker]?.push(registration)
      // After the batch: what fired together travels together.
      if (!this.#isDue) queueMicrotask(this.#lend)
      this.#isDue = true
    }
    return this.reactor.register(fd, Interest.READABLE, handler, { mode: 'oneshot', onEnd })
  }

  readonly #lend = (permit = this.queue.tryReserve()): void => {
    this.#isDue = false
    const { length } = this.fired
    this.#first = (this.#first + 1) % length
    for (let i = 0; i < length; i++) {
      const worker = (this.#first + i) % length
      const fired = this.fired[worker] ?? []
      for (; fired.length > 0; permit = this.queue.tryReserve()) {
        if (permit === undefined) {
          // Full: they stay silent until there is room, and the kernel holds back who goes on sending.
          this.#isDue = true
          // Refused: the queue is closed, and the server with it.
          this.queue.reserve().then(this.#lend, () => {})
          return
        }
        const job = this.questions.lend(fired.splice(0, mostTickets))
        permit.push('serve', job, { affinity: worker })
      }
    }
    permit?.release()
    this.queue.park(longestPark)
  }
}
