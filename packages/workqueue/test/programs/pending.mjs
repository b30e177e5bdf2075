import { WorkQueue } from '@rearm/workqueue'

const queue = new WorkQueue(new URL('../jobs/basic.mjs', import.meta.url), { threads: 1 })
// Nothing else keeps this process: the queue must.
queue.run('later', 300).then((ms) => console.log(`done ${ms}`))
