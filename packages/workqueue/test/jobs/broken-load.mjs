import { defineJobs } from '@rearm/workqueue'

export default defineJobs({ echo: (value) => value })

throw new TypeError('this module never loads')
