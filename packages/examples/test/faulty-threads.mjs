// A server of the line protocol with one fault, for the tests of the soak: FAULT says which. Its "workers" are the
// connections with even and with odd numbers.
import { openSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { AnswerBuffer, Conversation, Next } from '../dist/threads/protocol/index.js'

const fault = process.env.FAULT
const answers = new AnswerBuffer(131072)
const clients = new Map()
let number = 0
let echoes = 0
let workerCrashes = 0
/** The first of two answers that change places. */
let withheld
// Again and again: one client may be leaving or in a crash, and what the warm-up leaks counts as there from the start.
const isDue = (name) => fault === name && echoes % 50 === 0
/** Those of clients that leave in the middle of it: nobody would notice. */
const aborting = /\baborting-\d/
/** What the last round asks for just before it stops the server. */
const lastRequests = /\blast-\d+\.1\.(?!1\b)\d/

function state() {
  const leaked = fault === 'leaks-connection' ? 1 : 0
  const descriptors = readdirSync('/proc/self/fd').length
  const audit = fault === 'audit' ? 1 : 0
  const crashes = fault === 'forgets-crash' ? 0 : workerCrashes
  const odd = [...clients.values()].filter((own) => own % 2 === 1).length
  const perThread = [{ connections: odd }, { connections: clients.size - odd }]
  return {
    perThread,
    accepted: number,
    connections: (fault === 'few' ? Math.min(clients.size, 30) : clients.size) + leaked,
    workerCrashes: crashes,
    audit,
    descriptors,
  }
}

const named = /^OK [^\n]*\b[a-z]+-\d+\.\d+\.\d+\b/

/** What really goes out instead of `text`. */
function corrupt(socket, text) {
  if (!text.startsWith('OK ') || text.length > 1000) return text
  // STATS is the soak's own question: its clients are to notice.
  if (text.startsWith('OK {')) return text
  // Only of an answer that names its client can be seen whose it is.
  if (fault === 'swapped' && !named.test(text)) return text
  if (aborting.test(text)) return text
  // It takes its time: whoever stops it finds something that is not answered.
  if (fault === 'stops-at-once' && lastRequests.test(text)) return ''
  echoes++
  if (isDue('wrong')) return text.replace(/.\n/, '!\n')
  if (isDue('lost')) return text.slice(text.indexOf('\n') + 1)
  if (isDue('twice')) return text + text
  if (isDue('leaks-descriptor')) openSync('/dev/null', 'r')
  if (isDue('closes')) socket.destroy()
  if (withheld !== undefined && withheld.socket !== socket) {
    const swapped = withheld
    withheld = undefined
    swapped.socket.write(text, 'latin1')
    return swapped.text
  }
  if (!isDue('swapped')) return text
  withheld = { socket, text }
  return ''
}

function crash(socket) {
  workerCrashes++
  const parity = clients.get(socket) % 2
  for (const [client, own] of clients) {
    if (own % 2 === parity || fault === 'crashes-all') client.resetAndDestroy()
  }
  if (!socket.destroyed) socket.destroy()
}

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  clients.set(socket, number++)
  const conversation = new Conversation({ chaos: true })
  const go = (first) => {
    for (let next = first; ; ) {
      const text = Buffer.from(answers.bytes.subarray(0, answers.length)).toString('latin1')
      answers.clear()
      if (!socket.write(corrupt(socket, text), 'latin1')) socket.pause()
      if (next === Next.FLUSH) next = conversation.proceed(answers)
      else if (next === Next.STATS) next = conversation.tell(JSON.stringify(state()), answers)
      else {
        if (next === Next.YIELD) setImmediate(() => go(conversation.proceed(answers)))
        else if (next === Next.SLEEP) {
          setTimeout(() => go(conversation.proceed(answers)), conversation.sleepMs)
        } else if (next === Next.CRASH) crash(socket)
        else if (next === Next.CLOSE) socket.end()
        return
      }
    }
  }
  socket.on('data', (chunk) => {
    const waits = conversation.next !== Next.READ
    const next = conversation.feed(chunk, 0, chunk.length, answers)
    if (!waits) go(next)
  })
  socket.on('drain', () => socket.resume())
  socket.on('end', () => {
    const waits = conversation.next !== Next.READ
    const next = conversation.end(answers)
    if (!waits) go(next)
  })
  socket.on('error', () => {})
  socket.on('close', () => clients.delete(socket))
})

process.once('SIGTERM', () => {
  if (fault === 'stops-at-once') process.exit(0)
  // Long enough for everything that had been received, on however busy a machine: only then is there nothing to read.
  let quiet = 0
  let before = echoes
  const drain = setInterval(() => {
    const isIdle = [...clients.keys()].every((socket) => socket.writableLength === 0)
    quiet = isIdle && echoes === before ? quiet + 1 : 0
    before = echoes
    if (quiet < 20) return
    clearInterval(drain)
    server.close(() => process.exit(fault === 'status' ? 3 : 0))
    for (const socket of clients.keys()) socket.end()
  }, 50)
})
server.listen(0, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${server.address().port}`))
