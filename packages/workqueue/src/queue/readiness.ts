import { JobModuleError, QueueClosedError } from '../errors.js'
import type { Crew } from './crew.js'
import type { Debts } from './debts.js'
import type { Dispatcher } from './dispatcher.js'
import type { Job } from './job.js'
import { Settlement } from './settlement.js'
import type { ThreadExit } from './thread-owner.js'

/** Whether threads come up: who waits for that, and why they do not. */
export class Readiness {
  readonly #waiting: Settlement<void>[] = []
  /** How the thread ended with which the crash budget was used up. */
  #failure: ThreadExit | undefined

  constructor(
    private readonly module: string,
    private readonly dispatcher: Dispatcher,
    /** Told for everyone who waits, and again when there is an answer. */
    private readonly debts: Debts,
  ) {}

  /** Starts every thread; resolves when all are up. */
  ready(): Promise<void> {
    const settlement = new Settlement<void>('ready')
    const obstacle = this.obstacle(undefined)
    if (obstacle !== undefined) {
      settlement.reject(() => obstacle)
    } else {
      this.debts.owe()
      this.#waiting.push(settlement)
      this.#crew.startAll()
      this.cameUp()
    }
    return settlement.promise
  }

  /** Why a job cannot be accepted now, other than for want of room; without a job: why not all threads can come up. */
  obstacle(job: Job | undefined): JobModuleError | undefined {
    const failure = this.#failure
    if (failure === undefined || !this.#crew.breaker.isOpen) return undefined
    if (job !== undefined && this.dispatcher.canReach(job.affinity)) return undefined
    return this.errorOf(failure, job)
  }

  /** Whether there is an {@link obstacle} to a job with this affinity. */
  isObstructed(affinity: string | number | undefined): boolean {
    if (this.#failure === undefined || !this.#crew.breaker.isOpen) return false
    return !this.dispatcher.canReach(affinity)
  }

  /** A thread came up. */
  cameUp(): void {
    if (this.#waiting.length > 0 && this.#crew.areAllReady) {
      for (const settlement of this.#answer()) settlement.resolve()
    }
  }

  /** The crash budget is used up: who asks from now on is told of this end. */
  blame(exit: ThreadExit): void {
    this.#failure = exit
  }

  /** The same, for those who wait. */
  gaveUp(exit: ThreadExit): void {
    this.blame(exit)
    for (const settlement of this.#answer()) {
      settlement.reject(() => this.errorOf(exit, undefined))
    }
  }

  close(): void {
    this.#crew.giveUpStarting()
    for (const settlement of this.#answer()) settlement.reject(() => new QueueClosedError())
  }

  errorOf(exit: ThreadExit, job: Job | undefined): JobModuleError {
    const unknown = exit.wasReady
      ? `the thread ended with code ${exit.exitCode} as soon as it was up, before it had begun a job`
      : exit.cause === undefined
        ? `the thread ended with code ${exit.exitCode} before the job module was ready`
        : 'the job module could not be loaded'
    return new JobModuleError(exit.failure ?? unknown, this.module, job?.record, exit.cause)
  }

  get #crew(): Crew {
    return this.dispatcher.crew
  }

  #answer(): Settlement<void>[] {
    const waiting = this.#waiting.splice(0)
    for (const _ of waiting) this.debts.answer()
    return waiting
  }
}
