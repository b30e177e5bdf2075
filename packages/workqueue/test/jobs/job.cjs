const { defineJobs } = require('@rearm/workqueue')

module.exports = defineJobs({ double: (n) => 2 * n, kind: () => typeof require })
