// What a thread prints while its host's stream is broken is dropped, and does not keep the thread.
import { WorkQueue } from '@rearm/workqueue'

process.stdout.on('error', () => {})
const queue = new WorkQueue(new URL('../jobs/basic.mjs', import.meta.url), { threads: 1 })
await queue.ready()
process.stdout.destroy()
for (let i = 0; i < 50; i++) await queue.run('print', 'x'.repeat(100))
await queue.close()
console.error('closed')
