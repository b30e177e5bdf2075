import { threadId } from 'node:worker_threads'
import { JobModuleError } from '../errors.js'
import { setupOf } from '../jobs/define-jobs.js'
import { initialise, moduleFailure } from '../jobs/initialise.js'
import { JobContext, runAs } from '../jobs/job-context.js'
import { loadJobs } from '../jobs/load-jobs.js'
import { Moved } from '../jobs/move.js'
import type { Jobs } from '../jobs/types.js'
import type { Job } from './job.js'
import type { Settings } from './options.js'

interface Loaded {
  readonly jobs: Jobs
  readonly state: unknown
}

/** Runs jobs in the thread that pushed them (`onFull: 'callerRuns'`). The module is loaded at the first one. */
export class Caller {
  #loaded: Promise<Loaded> | undefined

  constructor(private readonly settings: Settings) {}

  /** Runs a job here. Input and result are the very objects, not copies. Rejects with what the job throws. */
  async run(job: Job, began: () => void): Promise<unknown> {
    const { jobs, state } = await this.#load(job)
    // Loading takes its time: the job may have been aborted, and must not begin then.
    if (job.settled) return undefined
    const handler = Object.hasOwn(jobs, job.name) ? jobs[job.name] : undefined
    if (handler === undefined) {
      throw new JobModuleError(`there is no job '${job.name}'`, this.settings.module, job.record)
    }
    const isAborting = () => job.settled
    const control = { isAborting, wasAborted: isAborting }
    const ctx = new JobContext(job.name, state, job.context, control, -1)
    const call = handler as (input: unknown, ctx: JobContext) => unknown
    job.abortCaller = () => JobContext.abort(ctx)
    began()
    try {
      const result = await runAs(ctx, () => call(job.input, ctx))
      return result instanceof Moved ? result.value : result
    } finally {
      JobContext.seal(ctx)
    }
  }

  async dispose(): Promise<void> {
    const loaded = await this.#loaded?.catch(() => undefined)
    if (loaded !== undefined) await setupOf(loaded.jobs)?.dispose?.(loaded.state)
  }

  #load(job: Job): Promise<Loaded> {
    this.#loaded ??= this.#import()
    return this.#loaded.catch((error: unknown) => {
      // The next one may try again.
      this.#loaded = undefined
      const { failure, cause } = moduleFailure(error)
      throw new JobModuleError(failure, this.settings.module, job.record, cause)
    })
  }

  async #import(): Promise<Loaded> {
    const jobs = await loadJobs(this.settings.module)
    const data = this.settings.workerData
    const state = await initialise(() => setupOf(jobs)?.init?.({ data, threadId, index: -1 }))
    return { jobs, state }
  }
}
