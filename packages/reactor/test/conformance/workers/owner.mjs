// A thread that owns a reactor and blocks in poll. Other threads ask it for changes through a mailbox and a waker.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { read } from '@rearm/epoll-native/io'
import { Reactor } from '../../../dist/index.js'

const words = new Int32Array(workerData.words)
const told = []
const reactor = new Reactor({ loop: 'manual' })
const registrations = new Map()

const changes = {
  register({ fd, interest, mode }) {
    const registration = reactor.register(
      fd,
      interest,
      (readiness) => {
        told.push([fd, readiness])
        const buffer = new Uint8Array(4096)
        while (read(fd, buffer) > 0) {}
        Atomics.add(words, 1, 1)
        Atomics.notify(words, 1)
      },
      { mode },
    )
    registrations.set(fd, registration)
  },
  modify: ({ fd, interest }) => registrations.get(fd).modify(interest),
  deregister: ({ fd }) => registrations.get(fd).deregister(),
  close: () => reactor.close(),
}

const waker = reactor.waker(() => {
  for (let mail = receiveMessageOnPort(parentPort); mail; mail = receiveMessageOnPort(parentPort)) {
    for (const change of mail.message) changes[change.name](change)
    Atomics.add(words, 0, 1)
    Atomics.notify(words, 0)
  }
})
parentPort.postMessage({ waker: waker.share() })
let error
try {
  for (;;) reactor.poll(-1)
} catch (thrown) {
  error = thrown.code ?? thrown.message
}
parentPort.postMessage({ told, error, stats: reactor.stats() })
