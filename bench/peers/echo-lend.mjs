// Echo by lending: the reactor's thread waits and lends what has fired, one worker borrows it, reads, answers and re-arms.
// Tickets cross in a ring of shared memory, a batch at a time: the next wait begins when the worker has taken the last one.
// Otherwise the reactor's thread is woken for every descriptor that is re-armed, and the wake-ups cost more than the work.
import { parseArgs } from 'node:util'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { IoBuffer } from '@rearm/epoll-native/io'
import {
  AddressFamily,
  accept4,
  bind,
  getsockname,
  listen,
  recv,
  SocketAddress,
  SocketFlag,
  SocketOption,
  SocketType,
  send,
  setSocketOption,
  socket,
} from '@rearm/epoll-native/socket'
import { Interest, LoanDesk } from '@rearm/reactor/loan'

const SIZE = 65536
const EAGAIN = -11
const NEW = SocketFlag.NONBLOCK | SocketFlag.CLOEXEC
/** More than there are connections, so that it is never full: each is lent at most once. */
const CAPACITY = 65536
// The ring's words: how many tickets were ever written, how many of them are dealt with.
const WRITTEN = 0
const DONE = 1
const ENTRIES = 2

function check(result, call) {
  if (result < 0) throw new Error(`${call}: ${result}`)
  return result
}

async function wait() {
  const { Reactor } = await import('@rearm/reactor')
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } })
  const reactor = new Reactor({ loop: 'manual' })
  const ring = new Int32Array(new SharedArrayBuffer((ENTRIES + CAPACITY * 2) * 4))
  new Worker(new URL(import.meta.url), { workerData: { shared: reactor.share(), ring } })

  let written = 0
  const lend = (_, client) => {
    const { slot, generation } = client.lend()
    const entry = ENTRIES + ((written >>> 0) % CAPACITY) * 2
    ring[entry] = slot
    ring[entry + 1] = generation
    written = (written + 1) | 0
  }

  const listener = check(socket(AddressFamily.INET, SocketType.STREAM | NEW, 0), 'socket')
  setSocketOption(listener, SocketOption.REUSEADDR, true)
  check(bind(listener, { family: 'ipv4', address: '127.0.0.1', port: Number(values.port) }), 'bind')
  check(listen(listener, 4096), 'listen')
  reactor.register(listener, Interest.READABLE, () => {
    const fd = accept4(listener, NEW)
    if (fd === EAGAIN) return
    setSocketOption(check(fd, 'accept4'), SocketOption.TCP_NODELAY, true)
    reactor.register(fd, Interest.READABLE, lend, { mode: 'oneshot' })
  })
  const address = new SocketAddress()
  check(getsockname(listener, address), 'getsockname')
  console.log(`listening on 127.0.0.1:${address.toAddress().port}`)

  for (;;) {
    reactor.poll()
    Atomics.store(ring, WRITTEN, written)
    Atomics.notify(ring, WRITTEN)
    let done = Atomics.load(ring, DONE)
    while (done !== written) {
      Atomics.wait(ring, DONE, done)
      done = Atomics.load(ring, DONE)
    }
  }
}

function serve() {
  const { shared, ring } = workerData
  const desk = new LoanDesk(shared)
  const { id } = new IoBuffer(new SharedArrayBuffer(SIZE))
  const ticket = { slot: 0, generation: 0 }
  for (let taken = 0; ; ) {
    const written = Atomics.load(ring, WRITTEN)
    if (written === taken) {
      Atomics.store(ring, DONE, taken)
      Atomics.notify(ring, DONE)
      Atomics.wait(ring, WRITTEN, taken)
      continue
    }
    for (; taken !== written; taken = (taken + 1) | 0) {
      const entry = ENTRIES + ((taken >>> 0) % CAPACITY) * 2
      ticket.slot = ring[entry] >>> 0
      ticket.generation = ring[entry + 1] >>> 0
      const loan = desk.borrow(ticket)
      const length = recv(loan.fd, id, 0, SIZE)
      // A client that does not take its answer is dropped: this is about the hand-off.
      const isAnswered = length > 0 && send(loan.fd, id, 0, length) === length
      if (isAnswered || length === EAGAIN) loan.rearm()
      else loan.finish()
    }
  }
}

if (isMainThread) await wait()
else serve()
