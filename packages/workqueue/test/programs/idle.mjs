import { WorkQueue } from '@rearm/workqueue'

const queue = new WorkQueue(new URL('../jobs/basic.mjs', import.meta.url), { threads: 2 })
console.log(await queue.run('add', { a: 1, b: 2 }))
await queue.run('later', 1)
console.log('idle')
