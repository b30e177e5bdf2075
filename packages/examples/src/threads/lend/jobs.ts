import { defineJobs, type JobContext } from '@rearm/workqueue'
import { LentSessions } from './lent-sessions.js'
import type { Serve } from './questions.js'
import type { LendingSetup } from './shared.js'

interface Setup {
  readonly data: unknown
  readonly index: number
}

/** The workers' side of lending. */
export default defineJobs(
  { init: ({ data, index }: Setup) => new LentSessions(data as LendingSetup, index) },
  { serve: (job: Serve, { state }: JobContext<LentSessions>) => state.serve(job) },
)
