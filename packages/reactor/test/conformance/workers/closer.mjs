// Blocks in poll on one reactor after the other. Each is closed by the handler of its waker, which another thread rings.
import { parentPort, workerData } from 'node:worker_threads'
import { Reactor } from '../../../dist/index.js'

const words = new Int32Array(workerData.words)
const ends = []
for (let round = 1; round <= workerData.rounds; round++) {
  const reactor = new Reactor({ loop: 'manual' })
  const waker = reactor.waker(() => reactor.close())
  parentPort.postMessage({ waker: waker.share() })
  Atomics.store(words, 0, round)
  Atomics.notify(words, 0)
  try {
    for (;;) reactor.poll(-1)
  } catch (error) {
    ends.push(error.code ?? error.message)
  }
}
parentPort.postMessage({ ends })
