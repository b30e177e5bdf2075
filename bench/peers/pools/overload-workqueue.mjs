import { defineJobs } from '@rearm/workqueue'
import { overload } from './overload-work.mjs'

export default defineJobs(overload)
