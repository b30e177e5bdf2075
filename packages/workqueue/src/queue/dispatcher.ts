import type { HostLane, LaneSink } from '../lane/host-lane.js'
import { Backlog } from './backlog.js'
import { Breaker } from './breaker.js'
import { Homes } from './homes.js'
import { HostLoop } from './host-loop.js'
import { type Job, STAGE } from './job.js'
import type { Settings } from './options.js'
import { Rebalancer } from './rebalancer.js'
import { Thread, type ThreadExit, type ThreadOwner } from './thread.js'

const FLUSH_AFTER = 64

/** What becomes of jobs; the dispatcher decides only where they run. */
export interface JobKeeper {
  /** The job came back. `value` must be called once; it throws when the value could not be received. */
  returned(job: Job, failed: boolean, value: () => unknown, startedAt: number, runUs: number): void
  /** The job's input cannot be sent. */
  unsendable(job: Job, error: unknown): void
  /** The job's thread died under it. */
  died(job: Job, exit: ThreadExit, started: boolean): void
  /** No thread comes up. */
  unrunnable(job: Job, exit: ThreadExit): void
  /** An idempotent job's thread died under it, and it runs again. */
  retried(): void
  threadReady(): void
  threadExited(exit: ThreadExit): void
  /** The crash budget is used up. */
  gaveUp(exit: ThreadExit): void
  complained(error: unknown): void
}

/** Gives accepted jobs to threads, and takes back what they return. */
export class Dispatcher implements LaneSink<Job>, ThreadOwner {
  readonly backlog = new Backlog()
  readonly homes = new Homes()
  readonly breaker: Breaker
  readonly loop: HostLoop
  readonly threads: Thread[] = []
  target = 0
  readonly #idempotent = new Set<string>()
  readonly #rebalancer = new Rebalancer(this)
  readonly #unflushed = new Set<Thread>()
  #sent = 0
  #flushScheduled = false
  #priorities = false
  #draining = false
  #startsAll = false
  readonly #flush = () => this.flush()

  constructor(
    private readonly settings: Settings,
    private readonly keeper: JobKeeper,
  ) {
    this.breaker = new Breaker(settings.crashBudget)
    this.loop = new HostLoop(this, settings.wake === undefined)
    this.resize(settings.threads)
  }

  /** Takes an accepted job. */
  submit(job: Job): void {
    if (job.priority !== 0) this.#priorities = true
    if (job.affinity !== undefined) {
      this.homes.enter(job.affinity, this.threads, this.target)
      this.enqueue(job)
    } else if (this.#priorities || this.backlog.size > 0) {
      this.enqueue(job)
    } else {
      const thread = this.#pick(job)
      if (thread === undefined || !this.#send(thread, job)) this.backlog.add(job)
    }
  }

  /** Puts a job into the backlog it belongs to, and moves what can be moved. */
  enqueue(job: Job): void {
    if (this.#priorities) {
      for (const thread of this.threads) this.recall(thread, (held) => held.key > job.key)
    }
    this.putBack(job)
    this.refill()
  }

  /** Puts a job into the backlog it belongs to. */
  putBack(job: Job): void {
    job.thread = undefined
    job.cell = -1
    const home = job.affinity === undefined ? undefined : this.homes.of(job.affinity)
    const backlog = home?.backlog ?? this.backlog
    backlog.add(job)
  }

  /** The backlog that holds a queued job. */
  backlogOf(job: Job): Backlog {
    const home = job.affinity === undefined ? undefined : this.homes.of(job.affinity)
    return home?.backlog ?? this.backlog
  }

  /** Gives jobs to every thread that has room, and starts threads if jobs wait for one. */
  refill(): void {
    for (const thread of this.threads) {
      if (thread.backlog.size > 0) this.#refillBound(thread)
    }
    for (let job = this.backlog.peek(); job !== undefined; job = this.backlog.peek()) {
      const thread = this.#pick(job)
      if (thread === undefined) return
      this.backlog.shift()
      if (!this.#send(thread, job)) {
        this.backlog.add(job)
        return
      }
    }
  }

  /** Publishes what was sent. */
  flush(): void {
    this.#flushScheduled = false
    this.#sent = 0
    if (this.#unflushed.size === 0) return
    for (const thread of this.#unflushed) thread.lane?.flush()
    this.#unflushed.clear()
    this.loop.sent()
  }

  /** Takes jobs back from a thread that has not begun them, oldest first, at most `most`. Returns how many. */
  recall(thread: Thread, wanted: (job: Job) => boolean, most = Number.POSITIVE_INFINITY): number {
    const { lane } = thread
    if (lane === undefined || thread.load === 0) return 0
    const waiting: Job[] = []
    for (const [cell, job] of lane.held()) {
      // What was transferred is over there already.
      if (job.transfer === undefined && !lane.hasBegun(cell) && wanted(job)) waiting.push(job)
    }
    waiting.sort((a, b) => a.key - b.key)
    let count = 0
    for (const job of waiting) {
      if (count === most) break
      if (this.revoke(job)) {
        this.putBack(job)
        count++
      }
    }
    return count
  }

  /** Takes a sent job back. False: it has begun. */
  revoke(job: Job): boolean {
    const { thread } = job
    if (thread?.lane === undefined || !thread.lane.revoke(job.cell)) return false
    thread.load--
    return true
  }

  /** Changes the number of threads. */
  resize(count: number): void {
    this.target = count
    while (this.threads.length < count) {
      const { length } = this.threads
      this.threads.push(new Thread(length, this.settings, this.loop.bell.memory, this))
    }
    for (const thread of this.threads.slice(count)) {
      this.recall(thread, (job) => job.affinity === undefined)
      this.#retire(thread)
    }
    this.refill()
  }

  get concurrency(): number {
    return this.settings.concurrency
  }

  drain(): number {
    // A subscriber of a diagnostics channel may poll.
    if (this.#draining) return 0
    this.#draining = true
    let count = 0
    for (const thread of this.threads) count += thread.lane?.drain(this) ?? 0
    this.#draining = false
    if (count > 0) {
      this.refill()
      this.#rebalancer.consider()
    }
    this.flush()
    return count
  }

  get hasReturns(): boolean {
    return this.threads.some((thread) => thread.lane?.hasReturns ?? false)
  }

  get isBusy(): boolean {
    return this.threads.some((thread) => thread.load > 0)
  }

  get isBrisk(): boolean {
    return this.threads.some((thread) => thread.load > 0 && thread.pace.isBrisk)
  }

  returned(job: Job, failed: boolean, value: () => unknown, runUs: number): void {
    const thread = job.thread as Thread
    const startedAt = thread.lane?.startedAt(job.cell) ?? 0
    thread.load--
    thread.returned++
    thread.pace.note(runUs)
    this.keeper.returned(job, failed, value, startedAt, runUs)
    if (thread.load === 0) {
      thread.idleSince = startedAt + runUs / 1000
      if (thread.index >= this.target) this.#retire(thread)
    }
  }

  skipped(): void {}

  ready(_thread: Thread, _jobs: readonly string[], idempotent: readonly string[]): void {
    this.breaker.reset()
    for (const name of idempotent) this.#idempotent.add(name)
    if (this.#startsAll) this.startAll()
    this.refill()
    this.flush()
    this.keeper.threadReady()
  }

  /** Starts every thread that is not there yet; while threads fail, one at a time. */
  startAll(): void {
    this.#startsAll = !this.areAllReady
    for (const thread of this.threads.slice(0, this.target)) this.#start(thread)
  }

  get areAllReady(): boolean {
    return this.threads.slice(0, this.target).every((thread) => thread.isReady)
  }

  rang(): void {
    this.loop.turn()
  }

  complained(error: unknown): void {
    this.keeper.complained(error)
  }

  exited(thread: Thread, lane: HostLane<Job>, exit: ThreadExit): void {
    // What it had published counts: the job was done.
    lane.drain({
      returned: (job, failed, value, runUs) =>
        this.keeper.returned(job, failed, value, lane.startedAt(job.cell), runUs),
      skipped: () => {},
    })
    thread.load = 0
    this.#unflushed.delete(thread)
    this.keeper.threadExited(exit)
    const held = [...lane.held()].sort(([, a], [, b]) => a.sequence - b.sequence)
    for (const [cell, job] of held) this.#orphan(job, lane.hasBegun(cell), exit)
    if (!exit.wasReady && !exit.wasStopped && this.breaker.fail()) this.#giveUp(exit)
    if (this.#startsAll) this.startAll()
    this.refill()
    this.flush()
  }

  /** Ends the timers. */
  end(): void {
    this.loop.end()
    this.#rebalancer.end()
  }

  /** Stops threads that have had nothing to do since `before`. */
  stopIdle(before: number): void {
    for (const thread of this.threads) {
      if (thread.isReady && thread.load === 0 && thread.idleSince <= before) thread.stop()
    }
  }

  /** Every job that has not begun, taken out of the queue, in order of acceptance. */
  takeWaiting(): Job[] {
    for (const thread of this.threads) this.recall(thread, () => true)
    const waiting = [...this.backlog.takeAll()]
    for (const thread of this.threads) waiting.push(...thread.backlog.takeAll())
    return waiting.sort((a, b) => a.sequence - b.sequence)
  }

  /** Takes out the waiting job that was accepted first; `undefined` when none waits. */
  takeOldest(): Job | undefined {
    for (;;) {
      const oldest = this.#oldestWaiting()
      if (oldest === undefined) return undefined
      if (oldest.stage === STAGE.sent) {
        if (this.revoke(oldest)) return oldest
      } else {
        this.backlogOf(oldest).forget(oldest)
        return oldest
      }
    }
  }

  #oldestWaiting(): Job | undefined {
    let oldest = this.backlog.oldest()
    const consider = (job: Job | undefined) => {
      if (job !== undefined && !(oldest && oldest.sequence < job.sequence)) oldest = job
    }
    for (const { lane, backlog } of this.threads) {
      consider(backlog.oldest())
      for (const [cell, job] of lane?.held() ?? []) {
        if (job.transfer === undefined && lane?.hasBegun(cell) === false) consider(job)
      }
    }
    return oldest
  }

  #orphan(job: Job, begun: boolean, exit: ThreadExit): void {
    const again = begun
      ? this.#idempotent.has(job.name) && job.attempts < this.settings.retries
      : job.transfer === undefined
    if (!again || job.settled) {
      this.keeper.died(job, exit, begun)
    } else {
      if (begun) {
        job.attempts++
        this.keeper.retried()
      }
      this.putBack(job)
    }
  }

  /** The crash budget is used up: whoever waits is told why. */
  #giveUp(exit: ThreadExit): void {
    this.#startsAll = false
    for (const job of this.takeWaiting()) this.keeper.unrunnable(job, exit)
    this.keeper.gaveUp(exit)
  }

  #retire(thread: Thread): void {
    if (thread.isAlive && thread.load === 0 && thread.backlog.size === 0) thread.stop()
  }

  /** A thread with jobs of its own: those and the common ones, in the order of their keys. */
  #refillBound(thread: Thread): void {
    const shared = thread.index < this.target
    for (let own = thread.backlog.peek(); own !== undefined; own = thread.backlog.peek()) {
      const common = shared ? this.backlog.peek() : undefined
      const job = common !== undefined && common.key < own.key ? common : own
      const source = job === own ? thread.backlog : this.backlog
      if ((!thread.isAlive && !this.#start(thread)) || thread.isStopping) return
      if (!this.#canTake(thread, job)) return
      source.shift()
      if (!this.#send(thread, job)) {
        source.add(job)
        return
      }
    }
  }

  /** A transferred value cannot come back from a thread that never ran its job: only a free one gets it. */
  #canTake(thread: Thread, job: Job): boolean {
    if (job.transfer === undefined) return thread.load < thread.limit
    return thread.isReady && thread.load < this.settings.concurrency
  }

  /** The thread for a job without affinity; starts one if that is better than waiting. */
  #pick(job: Job): Thread | undefined {
    let best: Thread | undefined
    let dormant: Thread | undefined
    for (let i = 0; i < this.target; i++) {
      const thread = this.threads[i] as Thread
      if (thread.lane === undefined) {
        dormant ??= thread
      } else if (!thread.isStopping && this.#canTake(thread, job)) {
        if (thread.load === 0) return thread
        if (best === undefined || thread.load < best.load) best = thread
      }
    }
    if (dormant !== undefined && this.#start(dormant) && this.#canTake(dormant, job)) {
      return dormant
    }
    return best
  }

  #start(thread: Thread): boolean {
    if (thread.isAlive || this.breaker.isOpen) return false
    if (this.breaker.isWary && this.threads.some((other) => other.isAlive)) return false
    thread.start()
    return true
  }

  #refillSoon(): void {
    queueMicrotask(() => {
      this.refill()
      this.flush()
    })
  }

  #send(thread: Thread, job: Job): boolean {
    let cell: number
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
    this.#unflushed.add(thread)
    if (++this.#sent >= FLUSH_AFTER) this.flush()
    else if (!this.#flushScheduled && !this.#draining) {
      this.#flushScheduled = true
      queueMicrotask(this.#flush)
    }
    return true
  }
}
