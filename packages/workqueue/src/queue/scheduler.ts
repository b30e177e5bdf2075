import { now } from '../clock.js'
import type { Backlogs } from './backlogs.js'
import type { Crew } from './crew.js'
import { type Job, STAGE } from './job.js'
import type { JobKeeper } from './job-keeper.js'
import type { Outgoing } from './outgoing.js'
import { patienceOf } from './patience.js'
import type { Thread } from './thread.js'

/** Which thread gets which job, and when. */
export class Scheduler {
  #priorities = false

  constructor(
    private readonly crew: Crew,
    private readonly backlogs: Backlogs,
    private readonly outgoing: Outgoing,
    private readonly keeper: JobKeeper,
  ) {}

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
      this.outgoing.flush()
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
    this.outgoing.sent(thread)
    return true
  }
}
