// The package as a program imports it, in whatever runtime runs this: its objects, and a watcher with the
// engine that it chooses there by itself.
import assert from 'node:assert/strict'
import {
  Epoll,
  EpollEvents,
  EpollFlag,
  EpollWatcher,
  EventFd,
  isAvailable,
  SystemError,
  TimerFd,
  unavailabilityCause,
} from '../../dist/index.js'
import { runtimeName } from './runtime.mjs'

assert.ok(isAvailable, String(unavailabilityCause))
const epoll = new Epoll()
const wake = new EventFd()
const events = new EpollEvents(8)
epoll.add(wake.fd, EpollFlag.IN, 42, 43)
assert.throws(() => epoll.add(wake.fd, EpollFlag.IN), SystemError)
assert.equal(epoll.wait(events, 0), 0)

let batches = 0
const engine = await new Promise((resolve, reject) => {
  const watcher = new EpollWatcher(epoll, events, (count) => {
    try {
      assert.equal(count, 1)
      assert.deepEqual([events.tokenLow(0), events.tokenHigh(0)], [42, 43])
      wake.read()
      if (++batches < 20) return wake.write(1)
      watcher.close()
      resolve(watcher.engine)
    } catch (error) {
      reject(error)
    }
  })
  wake.write(1)
})

const timer = new TimerFd()
timer.close()
wake.close()
epoll.close()
epoll.close()
console.log(`${runtimeName()}: the package works, watcher engine "${engine}"`)
