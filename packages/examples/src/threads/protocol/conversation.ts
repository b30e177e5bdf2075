import { isUtf8 } from 'node:buffer'
import type { AnswerBuffer } from './answer-buffer.js'
import { Digest } from './digest.js'
import { KeptInput } from './kept-input.js'
import { longestAnswer, longestLine, longestSleep, mostRounds, workPerTurn } from './limits.js'
import { Next } from './next.js'
import { bytesOf, nothing, readNumber, startsWith, wordEnd } from './text.js'
import { answer, word } from './words.js'

const newline = 10
const carriageReturn = 13

export interface ConversationOptions {
  /** Allows `CRASH`. */
  readonly chaos?: boolean
}

/**
 * One connection's side of the protocol, without any I/O: bytes in, answer lines out, each request answered once and in
 * order, however the bytes are cut. Every call returns what comes next; until it is `READ`, input is only kept.
 */
export class Conversation {
  /** How long to sleep, after `Next.SLEEP`. */
  sleepMs = 0
  readonly #chaos: boolean
  readonly #kept = new KeptInput()
  /** Bytes of the kept line that have no newline among them: not to be looked at again. */
  #scanned = 0
  /** In the rest of a line that was too long. */
  #skipping = false
  #ended = false
  #next: Next = Next.READ
  #digest: Digest | undefined
  #work = 0
  /** Where the last run stopped. */
  #at = 0
  /** Whether the line just found has bytes over 127. */
  #isAscii = true

  constructor({ chaos = false }: ConversationOptions = {}) {
    this.#chaos = chaos
  }

  /** What it waits for now. */
  get next(): Next {
    return this.#next
  }

  /** Bytes that it holds. */
  get keptBytes(): number {
    return this.#kept.bytes.length
  }

  /** Takes input. The bytes are the caller's again afterwards. */
  feed(bytes: Uint8Array, start: number, end: number, answers: AnswerBuffer): Next {
    if (this.#next === Next.CLOSE) return this.#next
    const kept = this.#kept
    if (this.#next !== Next.READ || kept.size > 0) {
      kept.append(bytes, start, end)
      return this.#next === Next.READ ? this.#runKept(answers) : this.#next
    }
    this.#work = workPerTurn
    this.#next = this.#run(bytes, start, end, answers)
    if (this.#at < end && this.#next !== Next.CLOSE) kept.append(bytes, this.#at, end)
    return this.#next
  }

  /** The peer writes no more: what it sent is answered, an unfinished last line by an error, for it may be half of what was meant. */
  end(answers: AnswerBuffer): Next {
    this.#ended = true
    return this.#next === Next.READ ? this.#runKept(answers) : this.#next
  }

  /** Says that it cannot go on, and drops what it holds: nothing else is answered. */
  giveUp(answers: AnswerBuffer): Next {
    answers.answer(answer.full, nothing, 0, 0)
    this.#kept.dropTo(this.#kept.end)
    this.#digest = undefined
    this.#next = Next.CLOSE
    return this.#next
  }

  /** Goes on after `FLUSH`, `YIELD` or `SLEEP`. */
  proceed(answers: AnswerBuffer): Next {
    if (this.#next === Next.SLEEP) {
      const ms = bytesOf(String(this.sleepMs))
      answers.answer(answer.slept, ms, 0, ms.length)
    } else if (this.#next !== Next.FLUSH && this.#next !== Next.YIELD) {
      return this.#next
    }
    return this.#runKept(answers)
  }

  /** Goes on after `STATS`. @param state one line of JSON */
  tell(state: string, answers: AnswerBuffer): Next {
    if (this.#next !== Next.STATS) return this.#next
    const bytes = bytesOf(state)
    if (bytes.length > longestAnswer - 8) throw new RangeError('the state is longer than an answer')
    answers.answer(answer.ok, bytes, 0, bytes.length)
    return this.#runKept(answers)
  }

  #runKept(answers: AnswerBuffer): Next {
    const kept = this.#kept
    this.#work = workPerTurn
    if (this.#digest !== undefined && !this.#hash(this.#digest, answers)) {
      this.#next = Next.YIELD
      return this.#next
    }
    this.#next = this.#run(kept.bytes, kept.start, kept.end, answers)
    kept.dropTo(this.#next === Next.CLOSE ? kept.end : this.#at)
    return this.#next
  }

  /** Answers whole lines, as far as it can. `#at` is where it stopped: the beginning of a line. */
  #run(bytes: Uint8Array, start: number, end: number, answers: AnswerBuffer): Next {
    let at = start
    for (;;) {
      const stop = this.#findNewline(bytes, at, end)
      if (stop < 0) {
        this.#at = this.#skipping ? end : at
        if (this.#skipping || lengthOf(bytes, at, end) <= longestLine) break
        // Answered at once: what else comes of this line is not kept.
        if (!answers.hasRoom) return Next.FLUSH
        this.#scanned = 0
        this.#skipping = true
        this.#at = end
        answers.answer(answer.tooLong, nothing, 0, 0)
        break
      }
      this.#at = at
      if (!this.#skipping && !answers.hasRoom) return Next.FLUSH
      if (this.#work <= 0) return Next.YIELD
      this.#scanned = 0
      this.#at = stop + 1
      if (this.#skipping) {
        this.#skipping = false
      } else {
        const next = this.#handleLine(bytes, at, stop, answers)
        if (next !== Next.READ) return next
      }
      at = stop + 1
    }
    if (!this.#ended) return Next.READ
    if (!this.#skipping && at < end) {
      if (!answers.hasRoom) return Next.FLUSH
      answers.answer(answer.unfinished, nothing, 0, 0)
    }
    return Next.CLOSE
  }

  #findNewline(bytes: Uint8Array, start: number, end: number): number {
    let bits = this.#scanned === 0 ? 0 : 0x80
    for (let at = start + this.#scanned; at < end; at++) {
      const byte = bytes[at] as number
      if (byte === newline) {
        this.#isAscii = bits < 0x80
        return at
      }
      bits |= byte
    }
    this.#scanned = this.#skipping ? 0 : end - start
    return -1
  }

  #handleLine(bytes: Uint8Array, start: number, stop: number, answers: AnswerBuffer): Next {
    const end = start + lengthOf(bytes, start, stop)
    if (end - start > longestLine) {
      answers.answer(answer.tooLong, nothing, 0, 0)
      return Next.READ
    }
    if (!this.#isAscii && !isUtf8(bytes.subarray(start, end))) {
      answers.answer(answer.notUtf8, nothing, 0, 0)
      return Next.READ
    }
    if (startsWith(bytes, start, end, word.echo)) {
      answers.answer(answer.ok, bytes, Math.min(start + 5, end), end)
      return Next.READ
    }
    return this.#handleRarer(bytes, start, end, answers)
  }

  #handleRarer(bytes: Uint8Array, start: number, end: number, answers: AnswerBuffer): Next {
    if (startsWith(bytes, start, end, word.hash)) return this.#beginHash(bytes, start, end, answers)
    if (startsWith(bytes, start, end, word.sleep)) {
      const ms = readNumber(bytes, start + 6, end, longestSleep)
      if (ms >= 0) {
        this.sleepMs = ms
        return Next.SLEEP
      }
      answers.answer(answer.ms, nothing, 0, 0)
      return Next.READ
    }
    const is = (command: Uint8Array) =>
      end - start === command.length && startsWith(bytes, start, end, command)
    if (is(word.stats)) return Next.STATS
    if (is(word.quit)) {
      answers.answer(answer.bye, nothing, 0, 0)
      return Next.CLOSE
    }
    if (this.#chaos && is(word.crash)) return Next.CRASH
    answers.answer(answer.unknown, nothing, 0, 0)
    return Next.READ
  }

  #beginHash(bytes: Uint8Array, start: number, end: number, answers: AnswerBuffer): Next {
    const digits = start + 5
    const digitsEnd = wordEnd(bytes, digits, end)
    const rounds = readNumber(bytes, digits, digitsEnd, mostRounds)
    if (rounds < 1) {
      answers.answer(answer.rounds, nothing, 0, 0)
      return Next.READ
    }
    const text = bytes.subarray(Math.min(digitsEnd + 1, end), end)
    // A long text costs as much as several rounds of a digest.
    this.#work -= 1 + (text.length >> 9)
    return this.#hash(new Digest(text, rounds), answers) ? Next.READ : Next.YIELD
  }

  /** Computes as much as the turn allows. True: it is answered, and the turn goes on. */
  #hash(digest: Digest, answers: AnswerBuffer): boolean {
    this.#work -= digest.advance(Math.max(this.#work, 0))
    if (!digest.isDone) {
      this.#digest = digest
      return false
    }
    this.#digest = undefined
    const { hex } = digest
    answers.answer(answer.ok, hex, 0, hex.length)
    return true
  }
}

/** Of a line from `start` to `stop`: the carriage return before a newline, or before what may be one, is none of it. */
function lengthOf(bytes: Uint8Array, start: number, stop: number): number {
  return stop > start && bytes[stop - 1] === carriageReturn ? stop - 1 - start : stop - start
}
