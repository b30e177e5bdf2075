// Prints what a registration costs in memory: { heap }, in bytes each. Run with --expose-gc.
import { EventFd } from '@rearm/epoll-native'
import { Interest, Reactor } from '@rearm/reactor'

const count = Number(process.argv[2])
const reactor = new Reactor({ loop: 'manual' })
const bells = Array.from({ length: count }, () => new EventFd())
const handler = () => {}

function heapUsed() {
  // Twice: what the first run finds dead, the second has swept.
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

// What grows once is not a registration's: the code, and the tables' first pages.
for (const { fd } of bells) reactor.register(fd, Interest.READABLE, handler).deregister()
const registrations = new Array(count).fill(undefined)
const before = heapUsed()
for (let index = 0; index < count; index++) {
  registrations[index] = reactor.register(bells[index].fd, Interest.READABLE, handler)
}
const heap = (heapUsed() - before) / count
console.log(JSON.stringify({ heap, registered: registrations.length }))
