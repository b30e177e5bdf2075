import type { HostLane } from '../lane/host-lane.js'
import type { Job } from './job.js'
import type { Thread } from './thread.js'

/** How a worker thread ended. */
export interface ThreadExit {
  readonly threadId: number
  readonly exitCode: number
  /** False: it never came up. */
  readonly wasReady: boolean
  /** The queue itself ended it. */
  readonly wasStopped: boolean
  /** What failed in words, when that is known, and the error. */
  readonly failure: string | undefined
  readonly cause: unknown
}

/** Who hears of what a thread does. */
export interface ThreadOwner {
  ready(thread: Thread, jobs: readonly string[], idempotent: readonly string[]): void
  rang(): void
  exited(thread: Thread, lane: HostLane<Job>, exit: ThreadExit): void
  /** The thread could not do something that concerns no job. */
  complained(error: unknown): void
}
