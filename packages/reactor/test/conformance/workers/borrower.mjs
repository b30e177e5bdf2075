// Borrows what it is sent tickets for. One message in, one message out, and the steps in between by shared memory.
import { parentPort, workerData } from 'node:worker_threads'
import { read, write } from '@rearm/epoll-native/io'
import { LoanDesk } from '../../../dist/loan/index.js'

const desk = new LoanDesk(workerData.shared)
const gate = new Int32Array(workerData.gate)

/** Says that it has come this far, and waits to be let on. */
function pass(step) {
  Atomics.store(gate, 0, step)
  Atomics.notify(gate, 0)
  while (Atomics.load(gate, 1) < step) Atomics.wait(gate, 1, step - 1)
}

const jobs = {
  /** Reads what is there and re-arms. */
  rearm({ ticket, interest }) {
    const loan = desk.borrow(ticket)
    const text = receive(loan.fd)
    loan.rearm(interest)
    return text
  },
  /** Answers in capitals; the end of the stream ends the connection. */
  answer({ ticket }) {
    const loan = desk.borrow(ticket)
    const text = receive(loan.fd)
    if (text === '') {
      loan.finish()
    } else {
      write(loan.fd, Buffer.from(text.toUpperCase()))
      loan.rearm()
    }
    return text
  },
  /** Borrows, waits twice, and says what it was told meanwhile. */
  hold({ ticket, end }) {
    const loan = desk.borrow(ticket)
    const { fd } = loan
    pass(1)
    const { revoked } = loan
    const text = receive(loan.fd)
    pass(2)
    loan[end]()
    return { fd, revoked, text }
  },
  /** Hands it back, and stops when the reactor can see that, and has not heard the bell. */
  returnSlowly({ ticket }) {
    const loan = desk.borrow(ticket)
    const { table } = desk
    const push = table.pushReturned
    table.pushReturned = (slot) => {
      push.call(table, slot)
      Atomics.store(gate, 0, 1)
      Atomics.notify(gate, 0)
      while (Atomics.load(gate, 1) < 1 && !table.closed) Atomics.wait(gate, 1, 0, 1)
    }
    loan.finish()
    delete table.pushReturned
  },
}

function receive(fd) {
  const buffer = Buffer.alloc(65536)
  const count = read(fd, buffer)
  return count < 0 ? `errno ${-count}` : buffer.toString('utf8', 0, count)
}

parentPort.on('message', (job) => {
  if (job === 'end') return parentPort.close()
  try {
    parentPort.postMessage({ result: jobs[job.name](job) })
  } catch (error) {
    parentPort.postMessage({ code: error.code, message: error.message })
  }
})
parentPort.postMessage({ result: 'ready' })
