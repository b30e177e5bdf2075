import { defineJobs, type JobContext } from '@rearm/workqueue'
import { Borrower } from './borrower.js'
import type { Serve } from './questions.js'
import type { LendingSetup } from './shared.js'

interface Setup {
  readonly data: unknown
  readonly index: number
}

/** The workers' side of lending. */
export default defineJobs(
  { init: ({ data, index }: Setup) => new Borrower(data as LendingSetup, index) },
  { serve: (job: Serve, { state }: JobContext<Borrower>) => state.serve(job) },
)
