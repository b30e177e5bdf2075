// teardown/workers.mjs ENGINE MOMENT ENDING ROUNDS: in a process that lives on, workers end in the middle of
// something, four at a time. Whatever they leave behind is an error. Prints how many have ended as they should.
import assert from 'node:assert/strict'
import { Worker } from 'node:worker_threads'
import { close } from '../../dist/io/index.js'
import { besides } from './besides.mjs'
import { thrown } from './endings.mjs'
import { settled, snapshot } from './resources.mjs'
import { ownersBell } from './waiting.mjs'

const [engine, moment, ending, rounds] = process.argv.slice(2)
const atOnce = 4
let ended = 0

function runWorker() {
  const bell = moment === 'wait' ? ownersBell() : undefined
  return new Promise((resolve, reject) => {
    const worker = new Worker(besides(import.meta.url, 'worker'), {
      workerData: { engine, moment, ending, bell: bell?.fd },
    })
    let left
    let failure
    worker.on('message', (descriptors) => {
      left = descriptors
      // First the request, then the bell: the thread is blocked, or about to block, and comes back to be terminated.
      if (ending === 'terminate') worker.terminate()
      bell?.ring()
    })
    worker.on('error', (error) => {
      failure = error
    })
    worker.on('exit', (status) => {
      try {
        assert.equal(failure?.message, ending === 'throw' ? thrown : undefined)
        assert.equal(status, ending === 'throw' || ending === 'terminate' ? 1 : 0)
        assert.ok(left, 'the worker ended before its time')
        for (const fd of left) assert.equal(close(fd), 0)
        bell?.close()
        ended++
        resolve()
      } catch (error) {
        reject(error)
      }
    })
  })
}

const runWorkers = (count) => Promise.all(Array.from({ length: count }, runWorker))

async function main() {
  // The first workers make the runtime open descriptors and start threads of its own, for good.
  await runWorkers(atOnce)
  const before = snapshot()
  ended = 0
  while (ended < Number(rounds)) await runWorkers(Math.min(atOnce, Number(rounds) - ended))
  await settled(before)
  console.log(`ended ${ended}`)
}

main()
