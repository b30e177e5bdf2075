// An echo server with one fault, for the tests of the load generator: `node faulty-echo.mjs FAULT`.
import { createServer } from 'node:net'

/** Of the first messages, one on each of 8 connections: more need not come, however slow the machine. */
const AT = 5
let chunks = 0
let held

const faults = {
  none: () => false,
  wrong(_, chunk) {
    if (chunks === AT) chunk[13] ^= 1
    return false
  },
  // The first two answers change places: right bytes, wrong clients.
  swapped(socket, chunk) {
    if (chunks > 2) return false
    if (chunks === 1) held = { socket, chunk }
    else {
      held.socket.write(chunk)
      socket.write(held.chunk)
    }
    return true
  },
  lost: () => chunks === AT,
  extra(socket) {
    if (chunks === AT) socket.write('x')
    return false
  },
  silent: () => chunks >= AT,
  closes(socket) {
    if (chunks === AT) socket.end()
    return chunks === AT
  },
  resets(socket) {
    if (chunks === AT) socket.resetAndDestroy()
    return chunks === AT
  },
  exits() {
    if (chunks === AT) process.exit(0)
    return false
  },
}
const fault = faults[process.argv[2]]

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    chunks++
    if (!fault(socket, chunk)) socket.write(chunk)
  })
})
server.listen(0, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${server.address().port}`))
