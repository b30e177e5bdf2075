// Ends workers that have an attached reactor: in the middle of its handlers, while it sleeps, and by their own end.
import { Worker } from 'node:worker_threads'

const [, , engine] = process.argv
const reactor = new URL('../../../dist/index.js', import.meta.url).href
const program = `
  const { parentPort, workerData } = require('node:worker_threads')
  Promise.all([import(${JSON.stringify(reactor)}), import('@rearm/epoll-native')]).then(([{ Reactor, Interest }, { EventFd }]) => {
    const reactor = new Reactor({ engine: workerData.engine })
    const bell = new EventFd({ initial: workerData.kind === 'sleeping' ? 0 : 1 })
    let told = 0
    reactor.register(bell.fd, Interest.READABLE, (_, self) => {
      told++
      if (told === 1) parentPort.postMessage('hot')
      if (workerData.kind === 'ending') {
        self.close()
        reactor.close()
      }
      if (workerData.kind === 'turning') self.again()
    }, { mode: workerData.kind === 'turning' ? 'edge' : 'level' })
    if (workerData.kind === 'sleeping') setImmediate(() => parentPort.postMessage('asleep'))
  })`

for (const kind of ['busy', 'turning', 'sleeping', 'ending']) {
  for (let round = 0; round < 3; round++) {
    const worker = new Worker(program, { eval: true, workerData: { kind, engine } })
    const over = new Promise((resolve) => worker.on('exit', resolve))
    await new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject))
    if (kind !== 'ending') await worker.terminate()
    console.log(`${kind} ${await over}`)
  }
}
