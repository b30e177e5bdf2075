// One thread of the load test: uses the addon, then ends as `ending` says.
import { createRequire } from 'node:module'
import process from 'node:process'
import { parentPort, workerData } from 'node:worker_threads'
import { checkCalls } from './calls.mjs'
import { checkWatcher, watchEventfd } from './watching.mjs'

const { binary, ending, engine, left } = workerData
const native = createRequire(import.meta.url)(binary)

checkCalls(native)
await checkWatcher(native, engine)

// Level-triggered and never drained: the batches go on until the thread ends.
let batches = 0
const watch = watchEventfd(native, engine, () => {
  if (++batches !== 10) return
  switch (ending) {
    case 'closed':
      return watch.stop()
    case 'abandoned':
      watch.drain()
      return watch.unref()
    case 'exit':
      return process.exit(0)
    case 'throw':
      throw new Error('thrown on purpose')
    case 'terminate':
      // The storm goes on meanwhile.
      parentPort.postMessage('now')
  }
})
// The numbers outlive the thread; the main thread closes them.
left.set(watch.descriptors)
watch.ring()
