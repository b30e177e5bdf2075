// Prints the stack of a job's error.
import { WorkQueue } from '@rearm/workqueue'

const queue = new WorkQueue(new URL('../jobs/basic.mjs', import.meta.url), { threads: 1 })

async function caller() {
  await queue.run('raiseDomain')
}

await caller().catch((error) => console.log(error.stack))
await queue.close()
