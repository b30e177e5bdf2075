// A server of lines with one fault, for the tests of the load generator: `node faulty-lines.mjs FAULT`.
// It answers `ECHO text` with `OK text`, and `UP text` with `OK TEXT`.
import { createServer } from 'node:net'

/** Of the first lines, three on each of 8 connections: more need not come, however slow the machine. */
const AT = 5
let lines = 0
let held

function answer(line) {
  const [word, text] = line.split(' ')
  return `OK ${word === 'UP' ? text.toUpperCase() : text}\n`
}

/** What goes out for one line: nothing, one answer or several. */
const faults = {
  none: (_, line) => answer(line),
  // The word before the text counts too, and so does the newline.
  head: (_, line) => (lines === AT ? answer(line).replace('OK', 'ok') : answer(line)),
  tail: (_, line) => (lines === AT ? answer(line).replace('\n', ' ') : answer(line)),
  text: (_, line) => (lines === AT ? `${answer(line).slice(0, -2)}!\n` : answer(line)),
  lost: (_, line) => (lines === AT ? '' : answer(line)),
  twice: (_, line) => (lines === AT ? answer(line) + answer(line) : answer(line)),
  // The second answer comes before the first one of the same client.
  reordered(state, line) {
    state.lines++
    if (state.lines === 1) {
      state.held = answer(line)
      return ''
    }
    if (state.lines === 2) return answer(line) + state.held
    return answer(line)
  },
  // The first two clients' answers change places.
  swapped(state, line) {
    if (lines === 1) {
      held = { state, text: answer(line) }
      return ''
    }
    if (lines !== 2) return answer(line)
    held.state.socket.write(answer(line))
    return held.text
  },
}
const fault = faults[process.argv[2]]

const server = createServer({ noDelay: true }, (socket) => {
  const state = { socket, lines: 0, rest: '' }
  socket.on('error', () => {})
  socket.setEncoding('latin1').on('data', (chunk) => {
    const [...whole] = (state.rest + chunk).split('\n')
    state.rest = whole.pop()
    let out = ''
    for (const line of whole) {
      lines++
      out += fault(state, line)
    }
    if (out !== '') socket.write(out)
  })
})
server.listen(0, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${server.address().port}`))
