// One side of a ring test: producers push `count` records each, consumers pop until the ring is closed.
import { parentPort, workerData } from 'node:worker_threads'
import { SpscRing, StampedRing } from '@rearm/workqueue/ring'

const { role, id, count, memory, seed } = workerData
const pauses = new Int32Array(new SharedArrayBuffer(4))
let state = seed | 0
const pause = () => {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
  if (seed && state % 97 === 0) Atomics.wait(pauses, 0, 0, (state % 3) / 10)
}
const encode = (value) => new Uint8Array(Int32Array.of(id, value).buffer)
const decode = (bytes) => new Int32Array(bytes.buffer, 0, 2)

if (role === 'spscConsumer') {
  const ring = new SpscRing(memory)
  const seen = []
  for (let misses = 0; seen.length < count; ) {
    const record = ring.tryPop()
    if (record) seen.push(decode(record)[1])
    // Where there is one core, the producer needs it.
    else if (++misses % 1000 === 0) Atomics.wait(pauses, 0, 0, 0.1)
  }
  parentPort.postMessage(seen)
} else {
  const ring = new StampedRing(memory, { owner: id })
  if (role === 'producer') {
    for (let i = 0; i < count; i++) {
      ring.push(encode(i))
      pause()
    }
    parentPort.postMessage('done')
  } else if (role === 'consumer') {
    const seen = []
    for (let record = ring.pop(); record; record = ring.pop()) {
      seen.push(...decode(record))
      pause()
    }
    parentPort.postMessage(seen)
  } else if (role === 'oneshots') {
    // Both sides begin at once.
    ring.push(Uint8Array.of(0))
    parentPort.postMessage(
      workerData.rings.map((one) => new StampedRing(one, { owner: id }).pop()[0]),
    )
  } else if (role === 'linear') {
    // Each push is complete before the pop: one of the completed pushes must be there to take.
    for (let i = 0; i < count; i++) {
      while (!ring.tryPush(encode(i))) {}
      if (ring.tryPop() === undefined) throw new Error(`nothing to pop after push ${i}`)
    }
    parentPort.postMessage('done')
  } else if (role === 'answer') {
    const back = new StampedRing(workerData.back, { owner: id })
    for (let record = ring.pop(); record; record = ring.pop()) back.push(record)
    parentPort.postMessage('done')
  }
}
