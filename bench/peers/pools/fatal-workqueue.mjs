import { defineJobs } from '@rearm/workqueue'
import { fatal } from './fatal.mjs'

export default defineJobs(fatal)
