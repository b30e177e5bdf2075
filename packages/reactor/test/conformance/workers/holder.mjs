// Takes tickets from a shared queue, counts who else holds the same connection, and re-arms it.
import { parentPort, workerData } from 'node:worker_threads'
import { LoanDesk } from '../../../dist/loan/index.js'

const { shared, connections } = workerData
const desk = new LoanDesk(shared)
const words = new Int32Array(workerData.words)
const queue = new Int32Array(workerData.queue)
const [violations, done, head, tail] = [0, 1, 2, 3].map((word) => connections + word)

parentPort.postMessage('ready')
for (;;) {
  const mine = Atomics.add(words, head, 1)
  let given = Atomics.load(words, tail)
  while (given >= 0 && given <= mine) {
    Atomics.wait(words, tail, given)
    given = Atomics.load(words, tail)
  }
  if (given < 0) break
  const [slot, generation, index] = queue.subarray(3 * mine, 3 * mine + 3)
  const loan = desk.borrow({ slot, generation: generation >>> 0 })
  if (Atomics.add(words, index, 1) !== 0) Atomics.add(words, violations, 1)
  Atomics.sub(words, index, 1)
  loan.rearm()
  Atomics.add(words, done, 1)
}
