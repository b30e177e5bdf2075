import { WorkQueue } from '@rearm/workqueue'

process.stdout.on('error', () => {})
const queue = new WorkQueue(new URL('../jobs/basic.mjs', import.meta.url), { threads: 2 })
if (process.argv[2] === 'before') console.log('it is full')
await Promise.all(['a', 'b'].map((name) => queue.push('print', name)))
if (process.argv[2] === 'while') await queue.drained()
await queue.close()
console.error('closed')
