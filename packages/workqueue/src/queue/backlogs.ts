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
  recall(thread: Thread, wanted: (job: Job) => boolean, most = Number.POSITIVE_INFINITY): number {
    const waiting = [...(thread.lane?.waiting() ?? [])]
    return this.#takeBack(
      waiting.filter((job) => isRevocable(job) && wanted(job)),
      most,
    )
  }

  /** Takes back what has a larger key and was not begun. */
  recallAfter(thread: Thread, key: number): number {
    const later: Job[] = []
    for (const job of thread.lane?.waitingFromLast() ?? []) {
      if (job.highest <= key) break
      if (job.key > key && isRevocable(job)) later.push(job)
    }
    thread.handed.limit(key)
    return this.#takeBack(later, Number.POSITIVE_INFINITY)
  }

  /** Gives how many there were. */
  #takeBack(jobs: Job[], most: number): number {
    jobs.sort((a, b) => a.key - b.key)
    let count = 0
    for (const job of jobs) {
      if (count === most) break
      if (!this.revoke(job)) continue
      this.add(job)
      count++
    }
    return count
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

  /** Takes out the job that was accepted first of those that have never begun; `undefined` when there is none. */
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
      for (const job of thread.lane?.waiting() ?? []) {
        if (!isRevocable(job) || job.attempts > 0) continue
        consider(job)
        if (thread.handed.isInSequence) break
      }
    }
    return oldest
  }
}

/** Whether it can be taken back out of a lane. What was transferred is over there already. */
function isRevocable(job: Job): boolean {
  return job.transfer === undefined
}
