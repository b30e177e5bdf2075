import { longestAnswer } from './limits.js'

const newline = 10
/** Below this, a loop in JavaScript is faster than what `set` costs to set up. */
const shortCopy = 96

/**
 * Where answers are written, one after the other. One serves any number of connections: write `bytes` from 0 to `length`
 * out (or copy them) and `clear` before the next connection's turn.
 */
export class AnswerBuffer {
  readonly bytes: Uint8Array
  /** How many bytes of `bytes` are answers. */
  length = 0
  /** Answers written so far; `clear` leaves it. */
  answers = 0

  /** @param memory a size, or memory that is registered elsewhere too; longer than the longest answer */
  constructor(memory: number | Uint8Array) {
    this.bytes = typeof memory === 'number' ? new Uint8Array(memory) : memory
    if (this.bytes.length < longestAnswer) {
      throw new RangeError(`an AnswerBuffer takes at least ${longestAnswer} bytes`)
    }
  }

  /** Whether any answer fits in what is left. */
  get hasRoom(): boolean {
    return this.bytes.length - this.length >= longestAnswer
  }

  clear(): void {
    this.length = 0
  }

  /** Writes one answer line: `head`, then a part of `source`. */
  answer(head: Uint8Array, source: Uint8Array, start: number, end: number): void {
    const { bytes } = this
    let at = this.length
    for (let i = 0; i < head.length; i++) bytes[at++] = head[i] as number
    if (end - start < shortCopy) {
      for (let i = start; i < end; i++) bytes[at++] = source[i] as number
    } else {
      bytes.set(source.subarray(start, end), at)
      at += end - start
    }
    bytes[at++] = newline
    this.length = at
    this.answers++
  }
}
