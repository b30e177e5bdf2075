// No queue at all: does its whole share on one message. The limit for CPU-bound work.
import { parentPort } from 'node:worker_threads'
import { work } from './work.mjs'

parentPort.on('message', ({ job, input, count }) => {
  for (let i = 0; i < count; i++) work[job](input)
  parentPort.postMessage('done')
})
