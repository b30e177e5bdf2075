// Pushed jobs that end as their owner has ordered, and no `onError`.
import { WorkQueue } from '@rearm/workqueue'

const memory = new SharedArrayBuffer(8)
const words = new Int32Array(memory)
const queue = new WorkQueue(new URL('../jobs/basic.mjs', import.meta.url), {
  threads: 1,
  capacity: 3,
  onFull: 'discardOldest',
})
const stop = new AbortController()
const { signal } = stop
await queue.push('waitForSignal', memory, { signal })
while (Atomics.load(words, 1) === 0) await new Promise(setImmediate)
await queue.push('echo', 'displaced')
await queue.push('echo', 'aborted while it waits', { signal })
await queue.push('echo', 'discarded')
await queue.push('echo', 'discarded')
stop.abort()
queue.tryPush('echo', 'aborted before', { signal })
const permit = await queue.reserve()
const closed = queue.close({ mode: 'discard' })
permit.push('echo', 'after the close')
await closed
const { aborted, refused } = queue.stats()
console.log(`aborted ${aborted}, refused ${refused}`)
