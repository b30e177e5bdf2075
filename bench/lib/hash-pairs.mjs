// HASH requests of the threads example that take a given time, and their answers, in a file for the load generator.
import { hash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AnswerBuffer, Conversation, mostRounds, Next } from '@rearm/examples/protocol'

/** As many for each connection: two answers that change places are noticed. */
const PAIRS_EACH = 8
const PROBE_ROUNDS = 20_000

/** How long one round takes the server's own code, in microseconds: the fastest of some runs. */
function microsecondsPerRound() {
  const answers = new AnswerBuffer(131072)
  const line = Buffer.from(`HASH ${PROBE_ROUNDS} probe\n`)
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < 10; run++) {
    const conversation = new Conversation()
    const start = performance.now()
    let next = conversation.feed(line, 0, line.length, answers)
    while (next === Next.YIELD) next = conversation.proceed(answers)
    best = Math.min(best, (performance.now() - start) * 1000)
    answers.clear()
  }
  return best / PROBE_ROUNDS
}

/** The answer as anybody would compute it, who does not know the server's code. */
function digestOf(text, rounds) {
  let bytes = hash('sha256', text, 'buffer')
  for (let round = 1; round < rounds; round++) bytes = hash('sha256', bytes, 'buffer')
  return bytes.toString('hex')
}

export class HashPairs {
  /** How many rounds take the time that was asked for. */
  rounds
  /** The file, until the process ends. */
  path

  /** @param {number} microseconds per request @param {number} connections */
  constructor(microseconds, connections) {
    this.rounds = Math.min(
      mostRounds,
      Math.max(1, Math.round(microseconds / microsecondsPerRound())),
    )
    const directory = mkdtempSync(join(tmpdir(), 'rearm-bench-'))
    process.once('exit', () => rmSync(directory, { recursive: true }))
    this.path = join(directory, 'hash-pairs')
    const lines = Array.from({ length: connections * PAIRS_EACH }, (_, index) => {
      const text = `text-${String(index).padStart(6, '0')}`
      return `HASH ${this.rounds} ${text}\tOK ${digestOf(text, this.rounds)}\n`
    })
    writeFileSync(this.path, lines.join(''))
  }
}
