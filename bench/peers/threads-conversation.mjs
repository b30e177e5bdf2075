// The line protocol of packages/examples/src/threads on a socket of node:net: the same core, Node's own I/O.
import { AnswerBuffer, Conversation, Next } from '@rearm/examples/protocol'

/** One for all connections of the process. */
const answers = new AnswerBuffer(131072)

/** Answers what comes on `socket`; a client that does not read is not read. */
export function converse(socket) {
  const conversation = new Conversation()

  const send = (first) => {
    for (let next = first; ; next = conversation.proceed(answers)) {
      if (answers.length > 0) {
        // The socket may keep what it is given, so it is given a copy; a pooled one costs little.
        const copy = Buffer.allocUnsafe(answers.length)
        copy.set(answers.bytes.subarray(0, answers.length))
        answers.clear()
        if (!socket.write(copy)) socket.pause()
      }
      if (next === Next.FLUSH) continue
      if (next === Next.YIELD) setImmediate(() => send(conversation.proceed(answers)))
      else if (next === Next.SLEEP)
        setTimeout(() => send(conversation.proceed(answers)), conversation.sleepMs)
      else if (next === Next.CLOSE) socket.end()
      return
    }
  }

  socket.on('data', (chunk) => {
    if (conversation.next === Next.READ) send(conversation.feed(chunk, 0, chunk.length, answers))
    else conversation.feed(chunk, 0, chunk.length, answers)
  })
  socket.on('drain', () => socket.resume())
  socket.on('end', () => {
    const waits = conversation.next !== Next.READ
    const next = conversation.end(answers)
    if (!waits) send(next)
  })
  socket.on('error', () => socket.destroy())
}
