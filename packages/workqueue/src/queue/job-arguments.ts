import type { JobInput, JobName, Jobs } from '../jobs/types.js'
import type { JobOptions } from './options.js'

/** The arguments after a job's name. The input may be left out where it may be undefined. */
export type JobArguments<J extends Jobs, N extends JobName<J>> =
  undefined extends JobInput<J, N>
    ? [input?: JobInput<J, N>, options?: JobOptions]
    : [input: JobInput<J, N>, options?: JobOptions]
