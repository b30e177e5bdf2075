// What clients ask, and what they must be answered. On the wire everything is bytes; here, strings of one character
// per byte (latin1). A text begins with the client's, the connection's and the request's own name, so that an answer that
// belongs to anybody else can never be taken for the right one.
import { hash } from 'node:crypto'

/**
 * @typedef {object} Request
 * @property {string} name unique in the run
 * @property {string} line with its newline
 * @property {() => string} answer the whole line without its newline, or (`isOpen`) how it begins
 * @property {boolean} [isOpen]
 */

const noise = Array.from({ length: 131072 }, (_, index) =>
  String.fromCharCode(33 + ((Math.imul(index, 2654435761) >>> 20) % 94)),
).join('')
// Every text has something outside of ASCII.
const umlaut = Buffer.from('ü', 'utf8').toString('latin1')

/** @returns {Request} */
export function echo(name, size) {
  const text = () => `${name} ${umlaut}${noise.slice(0, size)}`
  return { name, line: `ECHO ${text()}\n`, answer: () => `OK ${text()}` }
}

/** @returns {Request} */
export function digest(name, rounds) {
  const answer = () => {
    let bytes = hash('sha256', name, 'buffer')
    for (let round = 1; round < rounds; round++) bytes = hash('sha256', bytes, 'buffer')
    return `OK ${bytes.toString('hex')}`
  }
  return { name, line: `HASH ${rounds} ${name}\n`, answer }
}

/** @returns {Request} */
function sleep(name, ms) {
  return { name, line: `SLEEP ${ms}\n`, answer: () => `OK slept ${ms}` }
}

/** @returns {Request} */
function refused(name, line, code) {
  return { name, line: `${line}\n`, answer: () => `ERR ${code}`, isOpen: true }
}

/** Any request, most of them an ECHO. @returns {Request} */
export function anyRequest(name, random) {
  const kind = random.whole(1, 1000)
  if (kind <= 850) return echo(name, random.whole(0, 200))
  if (kind <= 900) return echo(name, random.whole(0, 4000))
  if (kind <= 950) return digest(name, random.whole(1, 200))
  if (kind <= 970) return sleep(name, random.whole(0, 50))
  if (kind <= 985) return refused(name, `NONSENSE ${name}`, 'unknown-command')
  if (kind <= 995) return refused(name, `ECHO ${name} \xff\xfe`, 'not-utf8')
  if (kind <= 998) return echo(name, 60000)
  return refused(name, `ECHO ${name} ${noise.slice(0, 70000)}`, 'line-too-long')
}

/** Whether `line` is the answer; `part`: whether it is how the answer begins, because the connection ended in it. */
export function isAnswer(request, line, part = false) {
  const answer = request.answer()
  if (request.isOpen) return line.startsWith(answer) || (part && answer.startsWith(line))
  return part ? answer.startsWith(line) : answer === line
}
