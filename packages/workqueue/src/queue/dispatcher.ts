import { now } from '../clock.js'
import type { HostLane, LaneSink } from '../lane/host-lane.js'
import { Backlogs } from './backlogs.js'
import { Crew } from './crew.js'
import { type Drainable, HostLoop } from './host-loop.js'
import { type Job, STAGE } from './job.js'
import type { JobKeeper } from './job-keeper.js'
import type { Settings } from './options.js'
import { Outgoing } from './outgoing.js'
import { patienceOf } from './patience.js'
import { Rebalancer } from './rebalancer.js'
import { Succession } from './succession.js'
import type { Thread, ThreadExit, ThreadOwner } from './thread.js'

/** Gives accepted jobs to threads, and takes in what they return. What becomes of a job its keeper decides. */
export class Dispatcher implements LaneSink<Job>, ThreadOwner, Drainable {
  readonly loop: HostLoop
  readonly crew: Crew
  readonly backlogs: Backlogs
  readonly #rebalancer: Rebalancer
  readonly #outgoing: Outgoing
  readonly #succession: Succession
  #priorities = false
  #draining = false

  constructor(
    settings: Settings,
    private readonly keeper: JobKeeper,
  ) {
    this.loop = new HostLoop(this, settings.wake === undefined)
    this.#outgoing = new Outgoing(() => this.loop.sent())
    this.crew = new Crew(settings, this.loop.bell.memory, this, () => this.#cameOrWent())
    this.backlogs = new Backlogs(this.crew.threads)
    this.#rebalancer = new Rebalancer(this.crew, this.backlogs, settings.concurrency, () => {
      this.refill()
      this.flush()
    })
    this.#succession = new Succession(this.crew, this.backlogs, keeper, settings.retries)
    this.crew.setTarget(settings.threads)
  }

  /** Takes an accepted job. */
  submit(job: Job): void {
    if (job.priority !== 0) this.#priorities = true
    if (job.affinity !== undefined) {
      this.backlogs.homes.enter(job.affinity, this.crew.threads, this.crew.target)
    } else if (!this.#priorities && this.backlogs.common.size === 0) {
      const thread = this.crew.pick(job, 0)
      if (thread === undefined || !this.#send(thread, job, 0)) this.backlogs.common.add(job)
      return
    }
    if (this.#priorities) {
      // What was handed out in advance must not overtake it.
      for (const thread of this.crew.threads) {
        this.backlogs.recall(thread, (held) => held.key > job.key)
      }
    }
    this.backlogs.add(job)
    this.refill()
  }

  /** Gives jobs to every thread that has room, and starts threads if jobs wait for one. */
  refill(): void {
    const at = now()
    for (const thread of this.crew.threads) {
      if (thread.backlog.size > 0) this.#refillBound(thread, at)
    }
    const { common } = this.backlogs
    for (let job = common.peek(); job !== undefined; job = common.peek()) {
      const thread = this.crew.pick(job, common.size)
      if (thread === undefined) return
      common.shift()
      if (!this.#send(thread, job, patienceOf(job, at))) {
        common.add(job)
        return
      }
    }
  }

  /** A job occupies no place any more. */
  left(job: Job): void {
    const { homes } = this.backlogs
    const thread = job.affinity === undefined ? job.thread : homes.leave(job.affinity)
    // It may be all that a thread was kept for.
    if (thread !== undefined) this.crew.retire(thread)
  }

  /** Publishes what was sent. */
  flush(): void {
    this.#outgoing.flush()
  }

  /** Changes the number of threads. */
  resize(count: number): void {
    this.crew.setTarget(count)
    for (const thread of this.crew.surplus) {
      this.backlogs.recall(thread, (job) => job.affinity === undefined)
      this.crew.retire(thread)
    }
    this.refill()
    // Fewer may be all that there are to wait for; and what lies behind a long job may move to a new thread.
    this.keeper.threadReady()
    this.#rebalancer.consider()
  }

  drain(): number {
    // A subscriber of a diagnostics channel may poll.
    if (this.#draining) return 0
    this.#draining = true
    let count = 0
    try {
      for (const thread of this.crew.threads) count += thread.lane?.drain(this) ?? 0
    } finally {
      this.#draining = false
    }
    if (count > 0) {
      this.refill()
      this.#rebalancer.consider()
    }
    this.flush()
    return count
  }

  /** Blocks while every thread has something to do, or all that is out should be back soon; at most `ms`. */
  park(ms: number): void {
    if (this.#draining) return
    this.flush()
    const soonUs = (ms * 1000) / 2
    const awaited = () => {
      // What is back soon is taken in all at once; of anything longer, the first thread that has nothing to do.
      if (this.crew.isBackWithin(soonUs)) return this.crew.busy
      return this.crew.isFullyBusy ? 1 : 0
    }
    if (awaited() > 0) this.loop.park(ms, awaited)
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
    thread.pace.note(runUs, job.patience)
    this.loop.patience = job.patience
    this.keeper.returned(job, failed, value, startedAt, runUs)
    if (thread.load === 0) thread.idleSince = startedAt + runUs / 1000
  }

  skipped(): void {}

  ready(_thread: Thread, _jobs: readonly string[], idempotent: readonly string[]): void {
    this.crew.breaker.reset()
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
    this.refill()
    this.#rebalancer.consider()
    this.flush()
  }

  /** A thread with jobs of its own: those and the common ones, in the order of their keys. */
  #refillBound(thread: Thread, at: number): void {
    const shared = thread.index < this.crew.target
    for (let own = thread.backlog.peek(); own !== undefined; own = thread.backlog.peek()) {
      const common = shared ? this.backlogs.common.peek() : undefined
      const job = common !== undefined && common.key < own.key ? common : own
      const source = job === own ? thread.backlog : this.backlogs.common
      if (!thread.isAlive && !this.crew.start(thread)) return
      if (!this.crew.canTake(thread, job, thread.backlog.size)) return
      source.shift()
      if (!this.#send(thread, job, patienceOf(job, at))) {
        source.add(job)
        return
      }
    }
  }

  #refillSoon(): void {
    queueMicrotask(() => {
      this.refill()
      this.flush()
    })
  }

  /** Hands a job over. False: the lane has no room for it now. */
  #send(thread: Thread, job: Job, patience: number): boolean {
    let cell: number
    job.patience = patience
    try {
      cell = thread.lane?.send(job) ?? -1
    } catch (error) {
      this.keeper.unsendable(job, error)
      // A getter of the input may have pushed: that job waits for this one's end.
      this.#refillSoon()
      return true
    }
    if (cell < 0) return false
    job.stage = STAGE.sent
    job.thread = thread
    job.cell = cell
    thread.load++
    job.onSent?.()
    // After a drain all is flushed.
    this.#outgoing.sent(thread, !this.#draining)
    return true
  }
}
