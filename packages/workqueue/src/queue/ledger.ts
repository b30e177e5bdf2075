import { type JobPhase, UnserializableError, WorkerExitError } from '../errors.js'
import type { ErrorReport } from '../worker/error-report.js'
import { findUnserializable, findUntransferable, isCloneable } from '../worker/unserializable.js'
import { Complaints } from './complaints.js'
import { Debts } from './debts.js'
import { onSettle } from './diagnostics.js'
import { Dispatcher } from './dispatcher.js'
import { interrupt } from './interrupt.js'
import { type Job, STAGE } from './job.js'
import type { JobKeeper } from './job-keeper.js'
import type { Settings } from './options.js'
import { Readiness } from './readiness.js'
import { restore } from './restore-error.js'
import { Room } from './room.js'
import { Counters } from './stats.js'
import type { ThreadExit } from './thread-owner.js'

export type Outcome = 'completed' | 'failed' | 'aborted' | 'timedOut' | 'lost' | 'refused'

/** Keeps the books: who occupies a place, who is owed an answer. Every job is settled here, and once. */
export class Ledger implements JobKeeper {
  readonly counters = new Counters()
  readonly debts = new Debts()
  readonly room: Room
  readonly dispatcher: Dispatcher
  readonly readiness: Readiness
  readonly #complaints: Complaints
  readonly #inCaller = new Set<Job>()
  #sequence = 0

  constructor(readonly settings: Settings) {
    this.#complaints = new Complaints(settings.onError)
    this.room = new Room(settings.capacity + settings.threads * settings.concurrency)
    this.dispatcher = new Dispatcher(settings, this)
    this.readiness = new Readiness(settings.module, this.dispatcher, this.debts)
  }

  /** The job has a place: it will run. */
  accept(job: Job): void {
    this.debts.accept()
    this.counters.accepted++
    job.accept(++this.#sequence)
    job.acceptance?.resolve(true)
    job.acceptance = undefined
    job.leaveLine = undefined
    this.dispatcher.submit(job)
  }

  /** The job is run by the caller: it has no place, but is waited for. */
  acceptInCaller(job: Job): void {
    this.debts.accept()
    this.counters.accepted++
    job.leaveLine = undefined
    job.sequence = ++this.#sequence
    job.stage = STAGE.inCaller
    this.#inCaller.add(job)
  }

  beganInCaller(job: Job): void {
    this.counters.ranInCaller++
    job.onCallerStart?.()
  }

  /** The caller's jobs without an answer. One begins when the job module has been loaded. */
  *inCaller(): Generator<[job: Job, begun: boolean]> {
    for (const job of this.#inCaller) yield [job, job.abortCaller !== undefined]
  }

  succeed(job: Job, value: unknown): void {
    if (job.settled) return
    this.#close(job, 'completed')
    this.counters.completed++
    job.settlement?.resolve(value)
  }

  /** Settles a job with an error. `build` makes it; who awaits the job is then on its stack. */
  fail(job: Job, outcome: Exclude<Outcome, 'completed'>, build: () => unknown): void {
    if (job.settled) return
    this.#close(job, outcome)
    this.counters[outcome]++
    const promise = job.acceptance ?? job.settlement
    job.acceptance = undefined
    if (promise !== undefined) promise.reject(build)
    else if (outcome === 'aborted' || outcome === 'refused') this.#complaints.fileEnd(build)
    else this.#complaints.file(build)
  }

  /** Ends a job early, wherever it is. */
  cancel(
    job: Job,
    outcome: 'aborted' | 'timedOut' | 'refused',
    build: (phase: JobPhase) => unknown,
  ): void {
    if (job.settled) return
    switch (job.stage) {
      case STAGE.outside:
        job.leaveLine?.()
        this.fail(job, outcome, () => build('accept'))
        return
      case STAGE.queued:
        this.dispatcher.backlogs.of(job).forget(job)
        this.fail(job, outcome, () => build('wait'))
        this.release(job)
        return
      case STAGE.moving:
        job.putOff(() => this.cancel(job, outcome, build))
        return
      case STAGE.sent:
        if (this.dispatcher.backlogs.revoke(job)) {
          this.fail(job, outcome, () => build('wait'))
          this.release(job)
        } else {
          interrupt(job, this.settings.abortGrace, () => this.dispatcher.catchUp())
          this.fail(job, outcome, () => build('run'))
        }
        return
      case STAGE.inCaller: {
        const phase = job.abortCaller === undefined ? 'wait' : 'run'
        job.abortCaller?.()
        this.fail(job, outcome, () => build(phase))
      }
    }
  }

  /** The job's place is free again. */
  release(job: Job): void {
    this.vacate(job)
    this.room.leave()
  }

  /** The job is gone, and its place is somebody else's. */
  vacate(job: Job): void {
    job.stage = STAGE.gone
    this.dispatcher.left(job)
  }

  /** The job was not accepted, and its pusher is told so without an error. */
  drop(job: Job): void {
    this.#close(job, 'refused')
    this.counters.refused++
    job.acceptance = undefined
  }

  returned(
    job: Job,
    failed: boolean,
    value: () => unknown,
    startedAt: number,
    runUs: number,
  ): void {
    job.stage = STAGE.gone
    let received: unknown
    let unreadable: unknown
    try {
      received = value()
    } catch (error) {
      unreadable = error
    }
    if (!job.settled) {
      const waitUs = (startedAt - job.pushedAt) * 1000
      this.counters.wait.record(waitUs)
      this.counters.run.record(runUs)
      job.waitUs = waitUs
      job.runUs = runUs
      if (unreadable !== undefined) {
        const path = `result of ${job.name}`
        this.fail(job, 'failed', () => new UnserializableError(path, job.record, unreadable))
      } else if (failed) {
        const { module } = this.settings
        this.fail(job, 'failed', () => restore(received as ErrorReport, job.record, module))
      } else {
        this.succeed(job, received)
      }
    }
    this.release(job)
  }

  unsendable(job: Job, error: unknown): void {
    const path = () => {
      const { input, context, transfer } = job
      const inList = findUntransferable(error, transfer, [input, context])
      if (inList !== undefined) return inList
      const isContext = context !== undefined && isCloneable(input)
      return isContext ? findUnserializable(context, 'context') : findUnserializable(input, 'input')
    }
    this.fail(job, 'failed', () => new UnserializableError(path(), job.record, error))
    this.release(job)
  }

  died(job: Job, exit: ThreadExit, started: boolean): void {
    this.fail(
      job,
      'lost',
      () => new WorkerExitError(job.record, exit.threadId, exit.exitCode, started, exit.cause),
    )
    this.release(job)
  }

  unrunnable(job: Job, exit: ThreadExit): void {
    this.readiness.blame(exit)
    this.fail(job, 'failed', () => this.readiness.errorOf(exit, job))
    this.release(job)
  }

  threadExited(index: number, exit: ThreadExit): void {
    this.counters.threadExits++
    const { threadId, exitCode, wasStopped } = exit
    try {
      this.settings.onThreadExit?.({ index, threadId, exitCode, wasStopped })
    } catch (error) {
      // The rest of the exit must go on: others wait for these jobs.
      this.complained(error)
    }
  }

  retried(): void {
    this.counters.retried++
  }

  gaveUp(exit: ThreadExit): void {
    this.readiness.gaveUp(exit)
  }

  threadReady(): void {
    this.readiness.cameUp()
  }

  complained(error: unknown): void {
    this.#complaints.file(() => error)
  }

  end(): void {
    this.dispatcher.end()
    this.debts.end()
  }

  #close(job: Job, outcome: Outcome): void {
    job.settled = true
    job.unwatch?.()
    job.unwatch = undefined
    if (onSettle.hasSubscribers) {
      const { name, waitUs, runUs } = job
      onSettle.publish({ queue: this, name, outcome, waitMs: waitUs / 1000, runMs: runUs / 1000 })
    }
    this.debts.answer()
    if (job.stage === STAGE.inCaller) this.#inCaller.delete(job)
    job.onEnd?.()
    if (job.stage !== STAGE.outside) this.debts.settleAccepted()
  }
}
