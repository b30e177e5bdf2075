import { now } from '../clock.js'
import { queueMicrotask } from '../microtask.js'
import type { Backlog } from './backlog.js'
import type { Backlogs } from './backlogs.js'
import type { Crew } from './crew.js'
import { type Job, STAGE } from './job.js'
import type { JobKeeper } from './job-keeper.js'
import type { Outgoing } from './outgoing.js'
import { patienceOf } from './patience.js'
import type { Thread } from './thread.js'

/** Which thread gets which job, and when. */
export class Scheduler {
  /** No job in any lane that has not begun has a larger key. */
  #highest = Number.NEGATIVE_INFINITY
  /** An input is being read: its getters may push, poll and abort. Nothing else is handed over until that has ended. */
  #isWriting = false
  #hasMissed = false

  constructor(
    private readonly crew: Crew,
    private readonly backlogs: Backlogs,
    private readonly outgoing: Outgoing,
    private readonly keeper: JobKeeper,
  ) {}

  /** Takes an accepted job. */
  submit(job: Job): void {
    const { common } = this.backlogs
    const isPreferred = job.key < this.#highest && this.#holdBack(job.key)
    if (job.affinity !== undefined) {
      this.backlogs.homes.enter(job.affinity, this.crew.threads, this.crew.target)
    } else if (!isPreferred && common.size === 0) {
      const thread = this.#isWriting ? undefined : this.crew.pick(job, 0)
      if (thread === undefined) this.#keep(common, job)
      else this.#send(thread, job, 0, common)
      if (this.#isWriting) this.#hasMissed = true
      return
    }
    this.backlogs.add(job)
    job.arrive()
    this.refill()
  }

  /** Takes back what was handed out in advance and comes after `key`. False: nothing did. */
  #holdBack(key: number): boolean {
    let count = 0
    for (const thread of this.crew.threads) {
      if (thread.handed.highest > key) count += this.backlogs.recallAfter(thread, key)
    }
    this.#highest = key
    return count > 0
  }

  /** Gives jobs to every thread that has room, and starts threads if jobs wait for one. */
  refill(): void {
    if (this.#isWriting) {
      this.#hasMissed = true
      return
    }
    const at = now()
    for (const thread of this.crew.threads) {
      if (thread.backlog.size > 0) this.#refillBound(thread, at)
    }
    this.#refillCommon(at)
    this.#relieve(at)
  }

  #refillCommon(at: number): void {
    const { common } = this.backlogs
    for (let job = common.peek(); job !== undefined; job = common.peek()) {
      const thread = this.crew.pick(job, common.size)
      if (thread === undefined) return
      // Who hears of a thread's start may have aborted it, or pushed another and so sent both.
      if (job.stage !== STAGE.queued) continue
      common.shift()
      if (!this.#send(thread, job, at - job.pushedAt, common)) return
    }
  }

  /** A thread that is up and has nothing to do takes over half of what was given to one that is still starting. */
  #relieve(at: number): void {
    const { common } = this.backlogs
    if (common.size > 0 || this.crew.idle === undefined) return
    for (const late of this.crew.late) {
      const { idle } = this.crew
      if (idle === undefined) return
      const half = Math.ceil(late.load / 2)
      if (this.backlogs.recall(late, (job) => job.affinity === undefined, half) === 0) continue
      this.crew.overtake(late)
      for (let job = common.peek(); job !== undefined; job = common.peek()) {
        if (!this.crew.canTake(idle, job, 0)) return
        common.shift()
        if (!this.#send(idle, job, at - job.pushedAt, common)) return
      }
    }
  }

  /** A thread with jobs of its own: those and the common ones, in the order of their keys. */
  #refillBound(thread: Thread, at: number): void {
    const shared = thread.index < this.crew.target
    for (let own = thread.backlog.peek(); own !== undefined; own = thread.backlog.peek()) {
      const common = shared ? this.backlogs.common.peek() : undefined
      const job = common !== undefined && common.key < own.key ? common : own
      const source = job === own ? thread.backlog : this.backlogs.common
      if (!thread.isAlive && !this.crew.start(thread)) return
      if (job.stage !== STAGE.queued) continue
      if (!this.crew.canTake(thread, job, thread.backlog.size)) return
      source.shift()
      if (!this.#send(thread, job, at - job.pushedAt, source)) return
    }
  }

  /** Hands over a job that has waited `waitedMs`, or puts it into `backlog`. False: the lane has no room for it now. */
  #send(thread: Thread, job: Job, waitedMs: number, backlog: Backlog): boolean {
    let cell: number
    job.patience = patienceOf(job, waitedMs + thread.pace.waitBehind(thread.load))
    job.thread = thread
    // Before the input is read: a getter in it may resize the queue, which lets threads go that have nothing to do.
    thread.load++
    try {
      cell = this.#write(thread, job)
    } catch (error) {
      thread.load--
      this.keeper.unsendable(job, error)
      return true
    }
    if (cell < 0) {
      thread.load--
      this.#keep(backlog, job)
      return false
    }
    job.stage = STAGE.sent
    job.cell = cell
    thread.handed.add(job, thread.load === 1)
    if (job.key > this.#highest) this.#highest = job.key
    job.onSent?.()
    this.outgoing.sent(thread)
    job.arrive()
    return true
  }

  #write(thread: Thread, job: Job): number {
    this.#isWriting = true
    try {
      return thread.lane?.send(job) ?? -1
    } finally {
      this.#isWriting = false
      if (this.#hasMissed) this.#refillSoon()
    }
  }

  #keep(backlog: Backlog, job: Job): void {
    job.thread = undefined
    backlog.add(job)
    job.arrive()
  }

  #refillSoon(): void {
    this.#hasMissed = false
    queueMicrotask(() => {
      this.refill()
      this.outgoing.flush()
    })
  }
}
