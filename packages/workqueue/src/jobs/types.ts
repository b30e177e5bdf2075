import type { JobContext } from './job-context.js'
import type { Moved } from './move.js'

/** A job: a function of one input. `State` is what the module's `init` returned. */
export type JobHandler<State = unknown> = (input: never, ctx: JobContext<State>) => unknown

/** A module's jobs by name. */
export type Jobs = Readonly<Record<string, JobHandler<never>>>

/** The names of a module's jobs. */
export type JobName<J extends Jobs> = keyof J & string

/** What a job takes; of a name that is one of several, what every one of them takes. */
export type JobInput<J extends Jobs, N extends JobName<J>> =
  Parameters<J[N]> extends []
    ? undefined
    : J[N] extends (input: infer Input, ...rest: never) => unknown
      ? OrUnknown<Input, J>
      : never

/**
 * Of jobs whose names are not known (a queue without a type argument, or one of jobs that did not compile) nothing is
 * known of their inputs either: any is taken.
 */
type OrUnknown<Input, J> = [Input] extends [never]
  ? string extends keyof J
    ? unknown
    : never
  : Input

/** What a job gives: promises and `move()` unwrapped. */
export type JobResult<J extends Jobs, N extends JobName<J>> = Unmoved<Awaited<ReturnType<J[N]>>>

type Unmoved<T> = T extends Moved<infer Value> ? Value : T
