import { parentPort, workerData } from 'node:worker_threads'
import { SystemError } from '@rearm/epoll-native'
import { close } from '@rearm/epoll-native/io'
import { Reactor, ReactorError } from '@rearm/reactor'
import { Acceptor } from '../connection/acceptor.js'
import { MemoryBudget } from '../connection/memory-budget.js'
import { Count, Counters } from '../counters.js'
import { idleParts } from '../deadlines.js'
import { countDifferences, Snapshot, summarize } from '../state.js'
import { DescriptorTable } from './descriptor-table.js'
import { Limit } from './limit.js'
import type { FromThread, ThreadSetup, ToThread } from './messages.js'
import { SessionHost } from './session-host.js'

const setup = workerData as ThreadSetup
const { index, threads, listener, connections, idle, memory, chaos } = setup
const post = (message: FromThread) => parentPort?.postMessage(message)

const counters = new Counters(threads, setup.counters)
const descriptors = new DescriptorTable(setup.descriptors)
const limit = new Limit(counters, threads, connections, setup.full)
// Slots that are freed in a batch are free after it: all connections may end in one, and as many be accepted. The threads
// that accept at once may pass the limit by one each.
const reactor = new Reactor({ capacity: 2 * (connections + threads) + 1 })
for (const fd of reactor.descriptors) descriptors.claim(fd, index)

const host = new SessionHost(reactor, {
  thread: index,
  chaos,
  counts: counters.row(index),
  budget: new MemoryBudget(counters, index, memory * 2 ** 20),
  descriptors,
  onAsk: () => post({ type: 'ask' }),
  onClosed: () => {
    if (limit.takeWaiting()) post({ type: 'room' })
    endIfDone()
  },
})
const acceptor =
  listener === undefined
    ? undefined
    : new Acceptor(reactor, listener, {
        hasRoom: () => limit.hasRoom(),
        accepted: (fd) => {
          descriptors.claim(fd, index)
          try {
            host.add(fd)
          } catch (error) {
            descriptors.release(fd)
            throw error
          }
          counters.add(index, Count.OPENED)
        },
      })
const sweep =
  idle > 0 ? setInterval(() => host.sweep(idleParts), (idle * 1000) / idleParts) : undefined
/** Here, where the time that an audit takes can be seen. */
const audits = new Snapshot<number | null>()
let isStopping = false
let hasEnded = false

parentPort?.on('message', (message: ToThread) => {
  switch (message.type) {
    case 'connection':
      take(message.fd)
      return
    case 'room':
      if (!isStopping) acceptor?.resume()
      return
    case 'report':
      post({
        type: 'report',
        report: {
          reactor: summarize([reactor.stats()]),
          audit: message.withAudit ? audits.get(() => countDifferences(reactor)) : null,
        },
      })
      return
    case 'state':
      host.tell(message.state)
      return
    case 'stop':
      isStopping = true
      // Whoever takes his answers late has until the deadline.
      clearInterval(sweep)
      acceptor?.stop()
      host.stop()
      endIfDone()
  }
})
post({ type: 'ready' })

/** A connection that the kernel has no room for is closed: the thread has others. */
function take(fd: number): void {
  try {
    host.add(fd)
  } catch (error) {
    descriptors.release(fd)
    close(fd)
    counters.add(index, Count.CLOSED)
    if (!(error instanceof ReactorError) && !(error instanceof SystemError)) throw error
  }
}

function endIfDone(): void {
  if (!isStopping || hasEnded || host.size > 0) return
  // Once: after it, the reactor's descriptors are numbers that another thread may have.
  hasEnded = true
  for (const fd of reactor.descriptors) descriptors.release(fd)
  reactor.close()
  parentPort?.close()
}
