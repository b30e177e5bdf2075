import { WorkQueue } from '@rearm/workqueue'

const queue = new WorkQueue(new URL('../jobs/basic.mjs', import.meta.url), { threads: 1 })
await queue.push('raise', new Error('raised by a pushed job'))
