// A worker signals this process without end while its main thread waits.
import { Worker } from 'node:worker_threads'
import { Epoll, EpollEvents, Errno, epollWait } from '@rearm/epoll-native'
import { Reactor } from '../../../dist/index.js'

process.on('SIGUSR2', () => {})
const words = new Int32Array(new SharedArrayBuffer(8))
const worker = new Worker(
  `const { workerData } = require('node:worker_threads')
   const words = new Int32Array(workerData)
   Atomics.store(words, 1, 1)
   Atomics.notify(words, 1)
   while (Atomics.load(words, 0) === 0) process.kill(process.pid, 'SIGUSR2')`,
  { eval: true, workerData: words.buffer },
)
Atomics.wait(words, 1, 0)

const epoll = new Epoll()
const count = epollWait(epoll.fd, new EpollEvents(1), 50_000)
console.log('the kernel:', count === -Errno.EINTR ? 'EINTR' : count)
epoll.close()

const reactor = new Reactor({ loop: 'manual' })
const before = performance.now()
const called = reactor.poll(100)
console.log(`the reactor: ${called},`, performance.now() - before >= 100 ? 'in time' : 'early')

const ringer = new Worker(
  `import(${JSON.stringify(new URL('../../../dist/index.js', import.meta.url).href)}).then(({ RemoteWaker }) =>
     new RemoteWaker(require('node:worker_threads').workerData).wake())`,
  { eval: true, workerData: reactor.waker().share() },
)
console.log('the waker:', reactor.poll(-1))
Atomics.store(words, 0, 1)
reactor.close()
worker.on('exit', () => ringer.terminate())
