// A worker that borrows what its ring brings, answers it, and ends the loan, until it is killed.
import { parentPort, workerData } from 'node:worker_threads'
import { read, write } from '@rearm/epoll-native/io'
import { Interest, LoanDesk, StaleTicketError } from '@rearm/reactor/loan'

const { reactor, memory, seed } = workerData
const desk = new LoanDesk(reactor)
const ring = new Int32Array(memory)
const capacity = (ring.length - 2) / 3
const never = new Int32Array(new SharedArrayBuffer(4))
const message = new Int32Array(2)
const bytes = new Uint8Array(message.buffer)
/** In an answer: the connection is closed after it. */
const LAST = 0x40000000

let state = seed
function random(below) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}

/** Stays where it is for a moment, so that it is killed, revoked and rebuilt under there, too. */
function linger() {
  if (random(64) === 0) Atomics.wait(never, 0, 0, 1)
}

// Around epoll_ctl(2): REARMING would else last a microsecond.
const { ctl } = desk
desk.ctl = (...call) => {
  linger()
  const result = ctl(...call)
  linger()
  return result
}

// And between a loan's end and the bell.
const { table } = desk
const push = table.pushReturned
table.pushReturned = (slot) => {
  linger()
  push.call(table, slot)
  linger()
}

function serve(slot, generation, id) {
  let loan
  try {
    loan = desk.borrow({ slot, generation })
  } catch (error) {
    // Recalled or closed while it waited in the ring.
    if (error instanceof StaleTicketError) return
    throw error
  }
  linger()
  const count = read(loan.fd, bytes)
  if (count === bytes.length) {
    if (message[0] !== id) throw new Error(`borrowed ${id}, read what ${message[0]} sent`)
    const isLast = random(64) === 0
    if (isLast) message[1] |= LAST
    // A revoked loan may not write any more; what it has read is lost with its connection.
    write(loan.fd, bytes)
    if (isLast) loan.finish()
    else if (random(4) === 0) loan.rearm(Interest.READABLE)
    else loan.rearm()
  } else if (count === -11) {
    loan.rearm()
  } else {
    loan.finish()
  }
}

parentPort.postMessage('here')
for (let taken = 0; ; taken++) {
  while (Atomics.load(ring, 0) === taken) Atomics.wait(ring, 0, taken)
  const entry = 2 + (taken % capacity) * 3
  serve(ring[entry] >>> 0, ring[entry + 1] >>> 0, ring[entry + 2])
}
