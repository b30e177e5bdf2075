import { setImmediate } from 'node:timers'
import type { HostLane, LaneSink } from '../lane/host-lane.js'
import { Backlogs } from './backlogs.js'
import { Crew } from './crew.js'
import { type Drainable, HostLoop } from './host-loop.js'
import type { Job } from './job.js'
import type { JobKeeper } from './job-keeper.js'
import type { Settings } from './options.js'
import { Outgoing } from './outgoing.js'
import { Rebalancer } from './rebalancer.js'
import { Scheduler } from './scheduler.js'
import { Succession } from './succession.js'
import type { Thread } from './thread.js'
import type { ThreadExit, ThreadOwner } from './thread-owner.js'

/** Gives accepted jobs to threads, and takes in what they return. What becomes of a job its keeper decides. */
export class Dispatcher implements LaneSink<Job>, ThreadOwner, Drainable {
  readonly loop: HostLoop
  readonly crew: Crew
  readonly backlogs: Backlogs
  readonly #rebalancer: Rebalancer
  readonly #outgoing: Outgoing
  readonly #scheduler: Scheduler
  readonly #succession: Succession
  readonly #handOut = () => {
    this.#scheduler.refill()
    this.#rebalancer.consider()
    this.#outgoing.flush()
  }

  constructor(
    settings: Settings,
    private readonly keeper: JobKeeper,
  ) {
    this.loop = new HostLoop(this, settings.wake === undefined)
    this.#outgoing = new Outgoing(() => this.loop.sent())
    this.crew = new Crew(settings, this.loop.bell.memory, this, () => this.#cameOrWent())
    this.backlogs = new Backlogs(this.crew.threads)
    this.#scheduler = new Scheduler(this.crew, this.backlogs, this.#outgoing, keeper)
    this.#rebalancer = new Rebalancer(this.crew, this.backlogs, settings.concurrency, () => {
      this.#scheduler.refill()
      this.#outgoing.flush()
    })
    this.#succession = new Succession(this.crew, this.backlogs, keeper, settings.retries)
    this.crew.setTarget(settings.threads)
  }

  /** Takes an accepted job. */
  submit(job: Job): void {
    this.#scheduler.submit(job)
  }

  /** A job occupies no place any more. */
  left(job: Job): void {
    const { homes } = this.backlogs
    const thread = job.affinity === undefined ? job.thread : homes.leave(job.affinity)
    // It may be all that a thread was kept for.
    if (thread !== undefined) this.crew.retire(thread)
  }

  /** Changes the number of threads. */
  resize(count: number): void {
    this.crew.setTarget(count)
    for (const thread of this.crew.surplus) {
      this.backlogs.recall(thread, (job) => job.affinity === undefined)
      this.crew.retire(thread)
    }
    this.crew.goOnStarting()
    this.#scheduler.refill()
    // Fewer may be all that there are to wait for; and what lies behind a long job may move to a new thread.
    this.keeper.threadReady()
    this.#rebalancer.consider()
  }

  drain(): number {
    const count = this.#takeIn()
    if (count > 0) {
      this.#scheduler.refill()
      this.#rebalancer.consider()
    }
    if (!this.#outgoing.isAwaited) this.#outgoing.flush()
    return count
  }

  /**
   * Takes in what the threads have returned, and hands out nothing for now: for timers of a host that was busy, of which the
   * next one may end the very job that would be handed out.
   */
  catchUp(): void {
    if (this.#takeIn() > 0) setImmediate(this.#handOut)
  }

  #takeIn(): number {
    // What is told of a result may ask for results.
    if (this.#outgoing.isAwaited) return 0
    this.#outgoing.isAwaited = true
    let count = 0
    try {
      for (const thread of this.crew.threads) count += thread.lane?.drain(this) ?? 0
    } finally {
      this.#outgoing.isAwaited = false
    }
    return count
  }

  /** Blocks while every thread has something to do, or all that is out should be back soon; at most `ms`. */
  park(ms: number): void {
    if (this.#outgoing.isAwaited) return
    this.#outgoing.flush()
    const soonUs = (ms * 1000) / 2
    const awaited = () => {
      // What is back soon is taken in all at once; of anything longer, the first thread that has nothing to do.
      if (this.crew.isBackWithin(soonUs)) return this.crew.busy
      return this.crew.isFullyBusy ? 1 : 0
    }
    if (awaited() > 0) this.loop.park(ms, awaited)
  }

  get isDraining(): boolean {
    return this.#outgoing.isAwaited
  }

  get hasReturns(): boolean {
    return this.crew.threads.some((thread) => thread.lane?.hasReturns ?? false)
  }

  get isBusy(): boolean {
    return this.crew.isBusy
  }

  get isBrisk(): boolean {
    return this.crew.isBrisk
  }

  returned(job: Job, failed: boolean, value: () => unknown, runUs: number): void {
    const thread = job.thread as Thread
    const startedAt = thread.lane?.startedAt(job.cell) ?? 0
    thread.load--
    thread.returned++
    this.crew.breaker.worked(thread)
    thread.pace.note(runUs, job.patience)
    this.loop.patience = job.patience
    this.keeper.returned(job, failed, value, startedAt, runUs)
    if (thread.load === 0) thread.idleSince = startedAt + runUs / 1000
  }

  skipped(): void {}

  ready(thread: Thread, _jobs: readonly string[], idempotent: readonly string[]): void {
    this.crew.breaker.cameUp(thread)
    this.#succession.learn(idempotent)
    this.#cameOrWent()
    this.keeper.threadReady()
  }

  rang(): void {
    this.loop.turn()
  }

  complained(error: unknown): void {
    this.keeper.complained(error)
  }

  exited(thread: Thread, lane: HostLane<Job>, exit: ThreadExit): void {
    this.#outgoing.forget(thread)
    this.#succession.settle(thread, lane, exit)
    this.#cameOrWent()
  }

  /** Whether a job with this affinity can run though no thread comes up now. */
  canReach(affinity: string | number | undefined): boolean {
    const { threads, target, hasReady } = this.crew
    if (affinity === undefined) return hasReady
    return this.backlogs.homes.find(affinity, threads, target).isReady
  }

  /** Ends the timers. */
  end(): void {
    this.crew.end()
    this.loop.end()
    this.#rebalancer.end()
  }

  /** A thread has come or gone, or may be started again: others may be, and may take what waits. */
  #cameOrWent(): void {
    this.crew.goOnStarting()
    this.#scheduler.refill()
    this.#rebalancer.consider()
    this.#outgoing.flush()
  }
}
