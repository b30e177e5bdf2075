// Runs one of the core cases in this thread, on the build.
import { readdirSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { Interest, Reactor, Readiness } from '../../../dist/index.js'
import { LoanDesk } from '../../../dist/loan/index.js'
import { coreCases } from '../core-cases.mjs'

const api = { Reactor, Interest, Readiness, LoanDesk }
const open = () => readdirSync('/proc/self/fd').sort().join(' ')

parentPort.on('message', async (job) => {
  if (job === 'end') return parentPort.close()
  const before = open()
  try {
    await coreCases[job.name](api, job.options)
    while (open() !== before) await new Promise(setImmediate)
    parentPort.postMessage({ passed: job.name })
  } catch (error) {
    parentPort.postMessage({ error: error.stack })
  }
})
parentPort.postMessage('ready')
