import { Backlog } from './backlog.js'
import { Homes } from './homes.js'
import { type Job, STAGE } from './job.js'
import type { Thread } from './thread.js'

/** All jobs that wait: in the common backlog, in those of threads that keys are bound to, and in threads' lanes. */
export class Backlogs {
  readonly common = new Backlog()
  readonly homes = new Homes()

  constructor(private readonly threads: readonly Thread[]) {}

  /** The backlog that a job belongs to. */
  of(job: Job): Backlog {
    const home = job.affinity === undefined ? undefined : this.homes.of(job.affinity)
    return home?.backlog ?? this.common
  }

  /** Puts a job where it belongs. */
  add(job: Job): void {
    job.thread = undefined
    job.cell = -1
    this.of(job).add(job)
  }

  /** Takes a sent job back. False: it has begun. */
  revoke(job: Job): boolean {
    const { thread } = job
    if (thread?.lane === undefined || !thread.lane.revoke(job.cell)) return false
    thread.load--
    return true
  }

  /** Takes jobs back from a thread that has not begun them, at most `most`, and puts them into their backlogs. */
  recall(thread: Thread, wanted: (job: Job) => boolean, most = Number.POSITIVE_INFINITY): void {
    const waiting = notBegun(thread).filter(wanted)
    waiting.sort((a, b) => a.key - b.key)
    let count = 0
    for (const job of waiting) {
      if (count === most) return
      if (!this.revoke(job)) continue
      this.add(job)
      count++
    }
  }

  /** Every job that has not begun, taken out, in order of acceptance. */
  takeAll(): Job[] {
    for (const thread of this.threads) this.recall(thread, () => true)
    const waiting = [...this.common.takeAll()]
    for (const thread of this.threads) waiting.push(...thread.backlog.takeAll())
    return waiting.sort((a, b) => a.sequence - b.sequence)
  }

  /** Every job that is bound to a thread which is not there, taken out, in order of acceptance. */
  takeBoundToMissing(): Job[] {
    const bound: Job[] = []
    for (const { isAlive, backlog } of this.threads) if (!isAlive) bound.push(...backlog.takeAll())
    return bound.sort((a, b) => a.sequence - b.sequence)
  }

  /** Takes out the waiting job that was accepted first; `undefined` when none waits. */
  takeOldest(): Job | undefined {
    for (;;) {
      const oldest = this.#oldest()
      if (oldest === undefined) return undefined
      if (oldest.stage !== STAGE.sent) {
        this.of(oldest).forget(oldest)
        return oldest
      }
      if (this.revoke(oldest)) return oldest
    }
  }

  #oldest(): Job | undefined {
    let oldest = this.common.oldest()
    const consider = (job: Job | undefined) => {
      if (job !== undefined && !(oldest && oldest.sequence < job.sequence)) oldest = job
    }
    for (const thread of this.threads) {
      consider(thread.backlog.oldest())
      for (const job of notBegun(thread)) consider(job)
    }
    return oldest
  }
}

/** The jobs in a thread's lane that can be taken back. What was transferred is over there already. */
function notBegun({ lane, load }: Thread): Job[] {
  const jobs: Job[] = []
  if (lane === undefined || load === 0) return jobs
  for (const [cell, job] of lane.held()) {
    if (job.transfer === undefined && !lane.hasBegun(cell)) jobs.push(job)
  }
  return jobs
}
