import { WorkQueue } from '@rearm/workqueue'

const queue = new WorkQueue(new URL('../jobs/basic.mjs', import.meta.url), { threads: 2 })
for (const name of ['a', 'b', 'c']) queue.tryPush('print', name)
await queue.close()
console.log('closed')
