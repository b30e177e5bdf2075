// Pops numbers until it has seen a negative one; counts.
import { parentPort, workerData } from 'node:worker_threads'
import { SpscRing, StampedRing } from '@rearm/workqueue/ring'

const { kind, memory } = workerData
const ring = kind === 'stamped' ? new StampedRing(memory) : new SpscRing(memory)
const words = new Int32Array(memory)
parentPort.on('message', () => {
  let count = 0
  for (;;) {
    let value
    if (kind === 'stamped') {
      value = ring.pop()[0]
    } else {
      const at = ring.peek()
      if (at < 0) {
        Atomics.wait(words, 16, 0, 0.01)
        continue
      }
      value = words[at >> 2]
      ring.skip()
      ring.release()
    }
    if (value === 255) break
    count++
  }
  parentPort.postMessage(count)
})
