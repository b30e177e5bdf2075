import type { Job } from './job.js'
import type { ThreadExit } from './thread-owner.js'

/** Decides what becomes of jobs; the dispatcher decides only where they run. */
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
  threadExited(index: number, exit: ThreadExit): void
  /** The crash budget is used up. */
  gaveUp(exit: ThreadExit): void
  /** Something failed that concerns no job. */
  complained(error: unknown): void
}
