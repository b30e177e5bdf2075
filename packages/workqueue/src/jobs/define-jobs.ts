import { startIfWorker } from '../worker/start.js'
import type { JobContext } from './job-context.js'
import type { JobHandler, Jobs } from './types.js'

/** The thread that a module's `init` sets up. */
export interface JobThread {
  readonly data: unknown
  readonly threadId: number
  readonly index: number
}

/** What a thread is set up with. */
export interface JobSetup<State> {
  /**
   * Runs once in each thread, before its first job. `data` is the queue's `workerData`, `index` the thread's place in the
   * queue, from 0: one that replaces another has the same; -1 in the pushing thread (`onFull: 'callerRuns'`).
   */
  init?(setup: JobThread): State | Promise<State>
  /** Runs when the thread is stopped in good order: a close, a resize, an idle timeout. */
  dispose?(state: State): void | Promise<void>
}

interface InitialSetup<State> extends JobSetup<State> {
  init(setup: JobThread): State | Promise<State>
}

const setups = new WeakMap<object, JobSetup<unknown>>()
const repeatable = new WeakSet<object>()

/**
 * Makes a job module: `export default defineJobs({ resize(input: Size, ctx) { ... } })`. In a worker thread that a
 * queue started for this module, the thread begins to work once the module has loaded; anywhere else nothing
 * happens, so the module can be imported for its types or called directly.
 */
export function defineJobs<J extends Record<string, JobHandler<undefined>>>(jobs: J): J
// The compiler looks at the jobs before it knows what an `init` with a parameter returns: any state will do until then.
export function defineJobs<
  // biome-ignore lint/suspicious/noExplicitAny: nothing else is assignable to whatever state the jobs ask for.
  State = any,
  J extends Record<string, JobHandler<State>> = Record<string, JobHandler<State>>,
>(setup: InitialSetup<State>, jobs: J): J
export function defineJobs<State, J extends Record<string, JobHandler<State>>>(
  setup: JobSetup<State>,
  jobs: J,
): J
export function defineJobs(...args: [Jobs] | [JobSetup<unknown>, Jobs]): Jobs {
  const [setup, jobs] = args.length === 1 ? [{}, args[0]] : args
  setups.set(jobs, setup)
  startIfWorker()
  return jobs
}

/**
 * Declares that running a job twice is harmless: when its thread dies under it, the queue runs it again (see the
 * `retries` option). `defineJobs({ fetchPage: idempotent(async (url: string) => ...) })`
 */
export function idempotent<Input, Result, State>(
  job: (input: Input, ctx: JobContext<State>) => Result,
): (input: Input, ctx: JobContext<State>) => Result {
  repeatable.add(job)
  return job
}

/** The setup that was given with `jobs`; `undefined` when `jobs` was not made by {@link defineJobs}. */
export function setupOf(jobs: object): JobSetup<unknown> | undefined {
  return setups.get(jobs)
}

export function isIdempotent(job: object): boolean {
  return repeatable.has(job)
}
