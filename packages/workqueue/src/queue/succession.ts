import type { HostLane } from '../lane/host-lane.js'
import type { Backlogs } from './backlogs.js'
import type { Crew } from './crew.js'
import type { Job } from './job.js'
import type { JobKeeper } from './job-keeper.js'
import type { Thread } from './thread.js'
import type { ThreadExit } from './thread-owner.js'

/** What becomes of a dead thread's jobs. */
export class Succession {
  /** Jobs that may run again when their thread died under them. */
  readonly #idempotent = new Set<string>()

  constructor(
    private readonly crew: Crew,
    private readonly backlogs: Backlogs,
    private readonly keeper: JobKeeper,
    private readonly retries: number,
  ) {}

  /** A thread has told which of its jobs may run again. */
  learn(idempotent: readonly string[]): void {
    for (const name of idempotent) this.#idempotent.add(name)
  }

  /**
   * Settles everything that a thread has left in its lane. Meanwhile no thread takes a job and none is started: who gets
   * a place in the queue now must not pass by what the dead one had in hand, and its host has to hear of its end first.
   */
  settle(thread: Thread, lane: HostLane<Job>, exit: ThreadExit): void {
    const { breaker } = this.crew
    this.crew.isHeld = true
    try {
      thread.load = 0
      // What it had published counts: the job was done.
      lane.drain({
        returned: (job, failed, value, runUs) => {
          breaker.worked(thread)
          this.keeper.returned(job, failed, value, lane.startedAt(job.cell), runUs)
        },
        skipped: () => {},
      })
      const held = [...lane.held()].sort(([, a], [, b]) => a.sequence - b.sequence)
      for (const [cell, job] of held) {
        const begun = lane.hasBegun(cell)
        if (begun) breaker.worked(thread)
        this.#orphan(job, begun, exit)
      }
      this.keeper.threadExited(thread.index, exit)
      if (breaker.ended(thread, exit.wasStopped, exit.wasReady)) this.#giveUp(exit)
    } finally {
      this.crew.isHeld = false
    }
  }

  #orphan(job: Job, begun: boolean, exit: ThreadExit): void {
    const again = !begun || (this.#idempotent.has(job.name) && job.attempts < this.retries)
    // What was transferred has gone with the thread, whether the job had begun or not.
    if (!again || job.transfer !== undefined || job.settled) {
      this.keeper.died(job, exit, begun)
      return
    }
    if (begun) {
      job.attempts++
      this.keeper.retried()
    }
    this.backlogs.add(job)
  }

  /** The crash budget is used up: whoever waits for a thread that is not there is told why. */
  #giveUp(exit: ThreadExit): void {
    const { crew, backlogs } = this
    crew.giveUpStarting()
    const stranded = crew.hasReady ? backlogs.takeBoundToMissing() : backlogs.takeAll()
    for (const job of stranded) this.keeper.unrunnable(job, exit)
    this.keeper.gaveUp(exit)
  }
}
