// Rings a reactor's wakers, as told.
import { parentPort, workerData } from 'node:worker_threads'
import { RemoteWaker } from '../../../dist/index.js'

const words = new Int32Array(workerData.words)

parentPort.on('message', ({ name, waker: shared, times }) => {
  if (name === 'end') return parentPort.close()
  const waker = new RemoteWaker(shared)
  let code
  let rings = 0
  try {
    // `race`: until the waker is closed.
    for (; name === 'race' || rings < times; rings++) {
      waker.wake()
      Atomics.store(words, 0, rings + 1)
      Atomics.notify(words, 0)
    }
  } catch (error) {
    code = error.code ?? error.message
  }
  parentPort.postMessage({ code, rings })
})
parentPort.postMessage('ready')
