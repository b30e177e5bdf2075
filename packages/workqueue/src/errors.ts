/** What a queue error says about the job it concerns: enough to run or to store it elsewhere. */
export interface JobRecord {
  readonly name: string
  readonly input: unknown
}

/** Base of the queue's own errors. `code` tells them apart; `job` is the job that did not run to its end. */
export abstract class WorkQueueError extends Error {
  abstract readonly code: string
  /** When `pushMany` rejects with this: how many jobs it had pushed before, which stay accepted. */
  declare readonly accepted?: number

  constructor(
    message: string,
    readonly job: JobRecord | undefined,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** Why a job met a full queue: it was turned away, or it gave its place to a younger one. */
export type FullReason = 'rejected' | 'discarded' | 'displaced'

/** The queue was full and the job will never run. */
export class QueueFullError extends WorkQueueError {
  override readonly name = 'QueueFullError'
  readonly code = 'ERR_QUEUE_FULL'

  constructor(
    job: JobRecord | undefined,
    readonly reason: FullReason,
  ) {
    super(`the work queue is full: the job was ${reason}`, job)
  }
}

/** The queue was closed and the job will never run, or was stopped by the close. */
export class QueueClosedError extends WorkQueueError {
  override readonly name = 'QueueClosedError'
  readonly code = 'ERR_QUEUE_CLOSED'

  constructor(job?: JobRecord) {
    super('the work queue is closed', job)
  }
}

/** Where a job was when something happened to it: before acceptance, accepted but not begun, or begun. */
export type JobPhase = 'accept' | 'wait' | 'run'

/** A `timeout` (from the job's start) or a `deadline` (from its push) ran out. */
export class JobTimeoutError extends WorkQueueError {
  override readonly name = 'JobTimeoutError'
  readonly code = 'ERR_JOB_TIMEOUT'

  constructor(
    job: JobRecord | undefined,
    readonly limit: 'timeout' | 'deadline',
    /** The limit in milliseconds. */
    readonly ms: number,
    readonly phase: JobPhase,
  ) {
    super(`the job's ${limit} of ${ms} ms ran out (phase: ${phase})`, job)
  }
}

/** The job's AbortSignal fired; `cause` is the signal's reason. */
export class JobAbortedError extends WorkQueueError {
  override readonly name = 'JobAbortedError'
  readonly code = 'ERR_JOB_ABORTED'

  constructor(
    job: JobRecord | undefined,
    readonly phase: JobPhase,
    reason: unknown,
  ) {
    super(`the job was aborted (phase: ${phase})`, job, { cause: reason })
  }
}

/** The worker thread ended under the job. `cause` is what it died of, when that is known. */
export class WorkerExitError extends WorkQueueError {
  override readonly name = 'WorkerExitError'
  readonly code = 'ERR_WORKER_EXIT'

  constructor(
    job: JobRecord,
    readonly threadId: number,
    readonly exitCode: number,
    /** Whether the job had begun. One that had not and could be handed on, was: it does not get this error. */
    readonly started: boolean,
    cause: unknown,
  ) {
    super(
      `worker thread ${threadId} exited with code ${exitCode} ${started ? 'during' : 'before'} the job`,
      job,
      cause === undefined ? undefined : { cause },
    )
  }
}

/** The job module could not be loaded, or has no such job. `cause` is the error it failed with. */
export class JobModuleError extends WorkQueueError {
  override readonly name = 'JobModuleError'
  readonly code = 'ERR_JOB_MODULE'

  constructor(
    /** What failed, in words. */
    readonly failure: string,
    /** URL of the module. */
    readonly module: string,
    job: JobRecord | undefined,
    cause?: unknown,
  ) {
    super(`${failure} (${module})`, job, cause === undefined ? undefined : { cause })
  }
}

/** A value cannot be sent to another thread. `path` names the part that cannot, as in `input.rows[3].callback`. */
export class UnserializableError extends WorkQueueError {
  override readonly name = 'UnserializableError'
  readonly code = 'ERR_UNSERIALIZABLE'

  constructor(
    readonly path: string,
    job: JobRecord | undefined,
    cause: unknown,
  ) {
    super(`${path} cannot be sent to another thread`, job, { cause })
  }
}
