import { clearInterval, setInterval } from 'node:timers'
import { now } from '../clock.js'
import { JobAbortedError, QueueClosedError } from '../errors.js'
import { Signals } from '../signals.js'
import { Admission } from './admission.js'
import { type CloseOptions, Closing } from './closing.js'
import { Job, STAGE } from './job.js'
import { watchJob } from './job-watch.js'
import { Ledger } from './ledger.js'
import {
  checkJob,
  duration,
  type JobOptions,
  settle,
  threadCount,
  type WorkQueueOptions,
} from './options.js'
import { PushClock } from './push-clock.js'
import { Reservations, type ReserveOptions } from './reservations.js'
import { Settlement } from './settlement.js'
import { takeStats, type WorkQueueStats } from './stats.js'

/** A queue without its types; what the threads' handlers hold, so that the queue itself can be collected. */
export class Engine {
  readonly ledger: Ledger
  readonly #admission: Admission
  readonly #closing: Closing
  readonly #signals = new Signals()
  readonly #pushClock = new PushClock()
  readonly #context: (() => unknown) | undefined
  #idleTimer: NodeJS.Timeout | undefined
  readonly #reservations: Reservations

  constructor(module: string | URL, options: WorkQueueOptions) {
    const settings = settle(module, options)
    this.ledger = new Ledger(settings)
    this.#admission = new Admission(this.ledger)
    this.#reservations = new Reservations(this.#admission, this.ledger, this.#signals)
    this.#closing = new Closing(this.ledger, this.#admission)
    this.#context = settings.context
    const { idleTimeout } = settings
    if (idleTimeout < 2 ** 31) {
      const period = Math.max(1, idleTimeout / 2)
      this.#idleTimer = setInterval(
        () => this.ledger.dispatcher.crew.stopIdle(now() - idleTimeout),
        period,
      ).unref()
    }
  }

  get isClosed(): boolean {
    return this.#admission.isClosed
  }

  run(name: string, input: unknown, options: JobOptions | undefined): Promise<unknown> {
    const { job, promise } = this.#awaited(name, input, options)
    this.#enter(job)
    return promise
  }

  push(name: string, input: unknown, options: JobOptions | undefined): Promise<boolean> {
    return this.#push(this.#job(name, input, options))
  }

  /** The same, and `true` at once where there is room. */
  offer(name: string, input: unknown, options: JobOptions | undefined): boolean | Promise<boolean> {
    const job = this.#job(name, input, options)
    if (!this.#admission.isOpenTo(options) || !this.ledger.room.tryEnter()) return this.#push(job)
    this.#enterWithPermit(job)
    return isAccepted(job)
  }

  tryPush(name: string, input: unknown, options: JobOptions | undefined): boolean {
    if (options !== undefined) checkJob(options)
    // Before the look at the door: it is the user's code, and may close it.
    const context = this.#context?.()
    if (!this.#admission.isOpenTo(options) || !this.ledger.room.tryEnter()) return false
    this.ledger.debts.owe()
    const job = new Job(name, input, context, options, undefined, this.#pushClock.read())
    this.#enterWithPermit(job)
    return isAccepted(job)
  }

  tryReserve(): boolean {
    return this.#reservations.tryReserve()
  }

  reserve(options: ReserveOptions): Promise<void> {
    return this.#reservations.reserve(options)
  }

  runWithPermit(name: string, input: unknown, options: JobOptions | undefined): Promise<unknown> {
    const { job, promise } = this.#awaited(name, input, options)
    this.#reservations.use()
    this.#enterWithPermit(job)
    return promise
  }

  pushWithPermit(name: string, input: unknown, options: JobOptions | undefined): void {
    const job = this.#job(name, input, options)
    this.#reservations.use()
    this.#enterWithPermit(job)
  }

  releasePermit(): void {
    this.#reservations.release()
  }

  ready(): Promise<void> {
    if (!this.isClosed) return this.ledger.readiness.ready()
    return Promise.reject(new QueueClosedError())
  }

  resize(threads: number): void {
    threadCount(threads)
    if (this.isClosed) return
    const { settings, room, dispatcher } = this.ledger
    dispatcher.resize(threads)
    room.setLimit(settings.capacity + threads * settings.concurrency)
  }

  close(options: CloseOptions): Promise<void> {
    clearInterval(this.#idleTimer)
    return this.#closing.close(options)
  }

  /** Closes the queue as soon as nobody waits for anything: nobody is there who could want more of it. */
  async closeWhenAnswered(): Promise<void> {
    await this.ledger.debts.answered()
    // Its job module may fail to dispose, and nobody is there to be told.
    await this.close({}).catch(() => {})
  }

  poll(): number {
    const { dispatcher } = this.ledger
    for (const thread of dispatcher.crew.threads) thread.poll()
    return dispatcher.loop.turn()
  }

  park(timeout: number): void {
    this.ledger.dispatcher.park(duration('timeout', timeout))
  }

  stats(): WorkQueueStats {
    return takeStats(this.ledger, this.#reservations.held)
  }

  #awaited(name: string, input: unknown, options: JobOptions | undefined) {
    if (options !== undefined) checkJob(options)
    const context = this.#context?.()
    const settlement = new Settlement<unknown>('run')
    this.ledger.debts.owe()
    const job = new Job(name, input, context, options, settlement, this.#pushClock.read())
    return { job, promise: settlement.promise }
  }

  #job(name: string, input: unknown, options: JobOptions | undefined): Job {
    if (options !== undefined) checkJob(options)
    const context = this.#context?.()
    this.ledger.debts.owe()
    return new Job(name, input, context, options, undefined, this.#pushClock.read())
  }

  #push(job: Job): Promise<boolean> {
    const acceptance = new Settlement<boolean>('push')
    job.acceptance = acceptance
    this.#enter(job)
    return acceptance.promise
  }

  #enter(job: Job): void {
    if (this.#watch(job)) this.#admission.enter(job)
  }

  #enterWithPermit(job: Job): void {
    if (this.#watch(job)) this.#admission.enterWithPermit(job)
    else this.ledger.room.leave()
  }

  /** Sets up a job's limits. False: its signal had aborted already, and the job is settled. */
  #watch(job: Job): boolean {
    const { options } = job
    if (options === undefined) return true
    const { signal } = options
    if (signal?.aborted) {
      this.ledger.fail(
        job,
        'aborted',
        () => new JobAbortedError(job.record, 'accept', signal.reason),
      )
      return false
    }
    watchJob(
      job,
      options,
      this.#signals,
      (one, outcome, build) => this.ledger.cancel(one, outcome, build),
      () => this.ledger.dispatcher.catchUp(),
    )
    return true
  }
}

/** Who hears of a push may have closed the queue, or aborted the job. */
function isAccepted(job: Job): boolean {
  return job.stage !== STAGE.outside
}
