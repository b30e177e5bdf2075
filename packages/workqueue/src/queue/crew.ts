import { clearTimeout, setTimeout } from 'node:timers'
import { Breaker } from './breaker.js'
import type { Job } from './job.js'
import type { Settings } from './options.js'
import { Thread } from './thread.js'
import type { ThreadOwner } from './thread-owner.js'

/** The threads of a queue: which there are, which may take a job, when one is started or stopped. */
export class Crew {
  readonly threads: Thread[] = []
  readonly breaker: Breaker
  target = 0
  /** No thread takes a job, and none is started: what a dead one has left comes first. */
  isHeld = false
  #startsAll = false
  /** Threads that are still starting while others had nothing to do: what they were given is taken back, no more follows. */
  readonly #overtaken = new Set<Thread>()
  #retry: NodeJS.Timeout | undefined

  constructor(
    private readonly settings: Settings,
    private readonly bell: SharedArrayBuffer,
    private readonly owner: ThreadOwner,
    /** Called when threads that could not be started may be: whoever still wants one asks again. */
    private readonly retry: () => void,
  ) {
    this.breaker = new Breaker(settings.crashBudget)
  }

  /** Makes places for `count` threads; those beyond stay until they are let go. */
  setTarget(count: number): void {
    this.target = count
    while (this.threads.length < count) {
      this.threads.push(new Thread(this.threads.length, this.settings, this.bell, this.owner))
    }
  }

  /** Threads that are not wanted any more. */
  get surplus(): Thread[] {
    return this.threads.slice(this.target)
  }

  get areAllReady(): boolean {
    return this.threads.slice(0, this.target).every((thread) => thread.isReady)
  }

  /** Whether any thread can run jobs now. */
  get hasReady(): boolean {
    return this.threads.some((thread) => thread.isReady)
  }

  get isBusy(): boolean {
    return this.threads.some((thread) => thread.load > 0)
  }

  /** How many threads have jobs. */
  get busy(): number {
    let busy = 0
    for (const { load } of this.threads) if (load > 0) busy++
    return busy
  }

  /** Whether no thread is without a job, nor still to be started. */
  get isFullyBusy(): boolean {
    for (let i = 0; i < this.target; i++) if (this.threads[i]?.load === 0) return false
    return true
  }

  /** Whether threads hold jobs, all of which should be back within `us` microseconds. */
  isBackWithin(us: number): boolean {
    let longest = 0
    for (const { load, pace } of this.threads) longest = Math.max(longest, pace.timeFor(load))
    return longest > 0 && longest <= us
  }

  /** Whether what the threads hold should be back within microseconds. */
  get isBrisk(): boolean {
    return this.threads.some((thread) => thread.load > 0 && thread.pace.isBrisk)
  }

  /** Starts every thread that is not there yet, also those that may not be started at once. */
  startAll(): void {
    this.#startsAll = true
    this.goOnStarting()
  }

  /** After a thread came or went: the next ones of a {@link startAll}. */
  goOnStarting(): void {
    if (!this.#startsAll) return
    this.#startsAll = !this.areAllReady
    for (const thread of this.threads.slice(0, this.target)) this.start(thread)
  }

  giveUpStarting(): void {
    this.#startsAll = false
  }

  /** Starts a thread. False: it is there already, or none may be started now. */
  start(thread: Thread): boolean {
    if (thread.isAlive || !this.#mayStart()) return false
    this.#overtaken.delete(thread)
    thread.start()
    return true
  }

  /** Whether a thread has nothing to do and could take something: it is up, or may be started. */
  get hasFree(): boolean {
    for (let i = 0; i < this.target; i++) {
      const { load, isAlive, isReady } = this.threads[i] as Thread
      if (load === 0 && (isAlive ? isReady : this.#mayStart())) return true
    }
    return false
  }

  /** A thread that is up and has nothing to do. */
  get idle(): Thread | undefined {
    if (this.isHeld) return undefined
    for (let i = 0; i < this.target; i++) {
      const thread = this.threads[i] as Thread
      if (thread.isReady && thread.load === 0) return thread
    }
    return undefined
  }

  /** Threads that have jobs and are still starting; whose jobs come first is the first one. */
  get late(): Thread[] {
    const late = this.threads.filter((thread) => thread.load > 0 && isStarting(thread))
    return late.sort((a, b) => a.handed.highest - b.handed.highest)
  }

  /** The thread gets no more jobs before it is up. */
  overtake(thread: Thread): void {
    this.#overtaken.add(thread)
  }

  /** Whether any thread has more than so many jobs. */
  holdsMoreThan(load: number): boolean {
    for (let i = 0; i < this.target; i++) if ((this.threads[i] as Thread).load > load) return true
    return false
  }

  /** While threads fail to come up they are started one at a time, or not for a while; whoever asks is told later. */
  #mayStart(): boolean {
    if (this.isHeld) return false
    const { pauseLeft, isWary } = this.breaker
    if (pauseLeft > 0) {
      this.#retry ??= this.#retryAfter(pauseLeft)
      return false
    }
    // The one that is on trial brings the others along when it comes up, or a pause when it does not.
    return !isWary || !this.threads.some((other) => isStarting(other))
  }

  /** The thread for a job without affinity, beside which so many wait; starts one if that is better than waiting. */
  pick(job: Job, waiting: number): Thread | undefined {
    const share = waiting / this.target
    let starting: Thread | undefined
    let best: Thread | undefined
    let dormant: Thread | undefined
    for (let i = 0; i < this.target; i++) {
      const thread = this.threads[i] as Thread
      if (thread.lane === undefined) {
        dormant ??= thread
      } else if (this.canTake(thread, job, share)) {
        if (thread.load === 0) {
          if (thread.isReady) return thread
          starting ??= thread
        } else if (best === undefined || thread.load < best.load) best = thread
      }
    }
    if (starting !== undefined) return starting
    if (dormant !== undefined && this.start(dormant) && this.canTake(dormant, job, share))
      return dormant
    return best
  }

  /**
   * @param share how many jobs wait for each thread like this one
   *
   * A transferred value cannot come back from a thread that never ran its job: only a free one gets it.
   */
  canTake(thread: Thread, job: Job, share: number): boolean {
    if (thread.isStopping || this.isHeld) return false
    if (!thread.isReady && this.#overtaken.has(thread)) return false
    if (job.transfer === undefined) {
      // Much in hand only while more is left: towards the end no thread may sit on jobs while others have none.
      return (
        thread.load < thread.limit || (2 * thread.load < share && thread.load < thread.deepLimit)
      )
    }
    return thread.isReady && thread.load < this.settings.concurrency
  }

  /** Lets a thread go that is not wanted any more and has nothing left to do. */
  retire(thread: Thread): void {
    if (thread.index < this.target) return
    if (thread.isAlive && thread.load === 0 && thread.backlog.size === 0) thread.stop()
  }

  /** Ends the timer. */
  end(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
  }

  /** It does not hold the process: that the jobs do which wait for it. */
  #retryAfter(ms: number): NodeJS.Timeout {
    const retry = () => {
      this.#retry = undefined
      this.retry()
    }
    return setTimeout(retry, Math.ceil(ms)).unref()
  }

  /** Stops threads that have had nothing to do since `before`, in milliseconds of the process-wide clock. */
  stopIdle(before: number): void {
    // Who waits for all threads waits for all at the same time.
    if (this.#startsAll) return
    for (const thread of this.threads) {
      if (thread.isReady && thread.load === 0 && thread.idleSince <= before) thread.stop()
    }
  }
}

/** Whether a thread is there and has still to come up. */
function isStarting({ isAlive, isReady, isStopping }: Thread): boolean {
  return isAlive && !isReady && !isStopping
}
