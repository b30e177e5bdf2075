// A worker that is in one batch after another until somebody ends it.
import { parentPort, workerData } from 'node:worker_threads'
import { watch } from './watching.mjs'

watch(workerData.engine, 'batch', () => parentPort.postMessage('watching'))
