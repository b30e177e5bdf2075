import { WorkQueue } from '@rearm/workqueue'

const queue = new WorkQueue(new URL('../jobs/basic.mjs', import.meta.url), {
  threads: 1,
  capacity: 0,
})
const first = await queue.reserve()
// Nothing else keeps this process: the queue must.
queue.reserve().then((second) => {
  console.log('reserved')
  second.release()
})
setTimeout(() => first.release(), 100).unref()
