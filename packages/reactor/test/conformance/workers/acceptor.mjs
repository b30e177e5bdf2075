// One of several threads that wait on one listening socket: a reactor of its own, on the thread's event loop.
import { parentPort, workerData } from 'node:worker_threads'
import { close, write } from '@rearm/epoll-native/io'
import { accept4, SocketFlag } from '@rearm/epoll-native/socket'
import { Interest, Reactor } from '../../../dist/index.js'

const { listener, index } = workerData
const words = new Int32Array(workerData.words)
const reactor = new Reactor()
const registration = reactor.register(
  listener,
  Interest.READABLE,
  () => {
    // One per turn: what is left wakes somebody, this thread or another.
    const connection = accept4(listener, SocketFlag.NONBLOCK | SocketFlag.CLOEXEC)
    if (connection < 0) return
    write(connection, Buffer.from(String(index)))
    close(connection)
    Atomics.add(words, index, 1)
  },
  { mode: 'exclusive' },
)
parentPort.on('message', () => {
  registration.deregister()
  parentPort.postMessage({ empty: reactor.audit().empty, stats: reactor.stats() })
  reactor.close()
  parentPort.close()
})
parentPort.postMessage('ready')
