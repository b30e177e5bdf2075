export {
  type FullReason,
  JobAbortedError,
  JobModuleError,
  type JobPhase,
  type JobRecord,
  JobTimeoutError,
  QueueClosedError,
  QueueFullError,
  UnserializableError,
  WorkerExitError,
  WorkQueueError,
} from './errors.js'
export { defineJobs, idempotent, type JobSetup, type JobThread } from './jobs/define-jobs.js'
export { currentJob, type JobContext } from './jobs/job-context.js'
export { type Moved, move } from './jobs/move.js'
export type { JobHandler, JobInput, JobName, JobResult, Jobs } from './jobs/types.js'
export type { CloseOptions } from './queue/closing.js'
export type { HistogramSummary } from './queue/histogram.js'
export type { JobArguments } from './queue/job-arguments.js'
export type {
  HostWake,
  JobOptions,
  OnFull,
  ThreadExitInfo,
  WorkQueueOptions,
} from './queue/options.js'
export type { Permit } from './queue/permit.js'
export type { ReserveOptions } from './queue/reservations.js'
export type { WorkQueueStats } from './queue/stats.js'
export { WorkQueue } from './queue/work-queue.js'
