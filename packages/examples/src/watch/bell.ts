import { Worker } from 'node:worker_threads'
import { EventFd } from '@rearm/epoll-native'
import { Interest, type Reactor } from '@rearm/reactor'
import type { BellRope } from './ringer.js'
import type { Source, Tell } from './source.js'

/** Tells of an eventfd that a worker thread rings each `interval` ms, without its or our event loop's help. */
export function watchBell(reactor: Reactor, interval: number, tell: Tell): Source {
  const bell = new EventFd()
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const rope: BellRope = { fd: bell.fd, stop, interval }
  const ringer = new Worker(new URL('./ringer.js', import.meta.url), { workerData: rope })
  const registration = reactor.register(bell.fd, Interest.READABLE, () => {
    const rings = bell.read()
    if (rings !== undefined)
      tell(`bell: rung ${rings === 1n ? 'once' : `${rings} times`} by the worker`)
  })
  // The worker has the bare number: it is closed when nobody is left who could ring another one's.
  ringer.once('exit', () => bell.close())
  return {
    close() {
      registration.deregister()
      Atomics.store(stop, 0, 1)
      Atomics.notify(stop, 0)
    },
  }
}
