// A worker that watches or waits, and ends as it is told. What it leaves open the main thread closes.
import { parentPort, workerData } from 'node:worker_threads'
import { end } from './endings.mjs'
import { waitForBell } from './waiting.mjs'
import { watch } from './watching.mjs'

const { engine, moment, ending, bell } = workerData

if (moment === 'wait') {
  const epoll = waitForBell(bell, (fd) => parentPort.postMessage([fd]))
  end(ending, { close: () => epoll.release(), die: spin })
} else {
  const watched = watch(engine, moment, () =>
    end(ending, {
      close: () => {
        watched.close()
        parentPort.postMessage([])
      },
      die: () => {
        parentPort.postMessage(watched.descriptors)
        if (moment !== 'idle') spin()
      },
    }),
  )
  if (ending === 'exit' || ending === 'throw') parentPort.postMessage(watched.descriptors)
}

/** Stays in the middle of what it is in, until the thread is terminated there. */
function spin() {
  for (;;);
}
