// teardown/process.mjs ENGINE MOMENT ENDING [WORKERS]: a process that ends while it watches, alone or with workers
// that watch too, or (`wait`) while a worker waits, blocked. Its exit status is the test.
import { Worker } from 'node:worker_threads'
import { besides } from './besides.mjs'
import { end } from './endings.mjs'
import { ownersBell } from './waiting.mjs'
import { watch } from './watching.mjs'

const [engine, moment, ending, workers = '0'] = process.argv.slice(2)

function start(program, workerData) {
  const worker = new Worker(besides(import.meta.url, program), { workerData })
  return new Promise((resolve) => worker.once('message', resolve))
}

async function waits() {
  const bell = ownersBell()
  await start('worker', { moment, ending: 'natural', bell: bell.fd })
  end(ending, { close: bell.ring })
}

async function watches() {
  // The workers are in one batch after another when the process ends.
  const bystanders = Array.from({ length: Number(workers) }, () => start('bystander', { engine }))
  await Promise.all(bystanders)
  const watched = watch(engine, moment, () => end(ending, { close: () => watched.close() }))
}

if (moment === 'wait') waits()
else watches()
