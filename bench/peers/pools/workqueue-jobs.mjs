import { defineJobs } from '@rearm/workqueue'
import { work } from './work.mjs'

export default defineJobs(work)
