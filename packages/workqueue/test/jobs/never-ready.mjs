import { defineJobs } from '@rearm/workqueue'

export default defineJobs({ init: () => new Promise(() => {}) }, { echo: (value) => value })
