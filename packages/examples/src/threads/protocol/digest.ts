import { hash } from 'node:crypto'
import { DigestOfDigest } from './digest-of-digest.js'

/** One for all: a round is over before the next begins. */
const round = new DigestOfDigest()

/** SHA-256 iterated, a part at a time. */
export class Digest {
  readonly #words = new Int32Array(8)
  #left: number

  /** Makes the first of `rounds` rounds: of the text. */
  constructor(text: Uint8Array, rounds: number) {
    const first = hash('sha256', text, 'buffer')
    for (let i = 0; i < this.#words.length; i++) this.#words[i] = first.readInt32BE(i * 4)
    this.#left = rounds - 1
  }

  /** Makes at most `rounds` more, and returns how many there were to make. */
  advance(rounds: number): number {
    const count = Math.min(rounds, this.#left)
    for (let i = 0; i < count; i++) round.replace(this.#words)
    this.#left -= count
    return count
  }

  get isDone(): boolean {
    return this.#left === 0
  }

  /** The digest in hexadecimal, as ASCII. */
  get hex(): Uint8Array {
    const bytes = Buffer.alloc(32)
    for (const [i, word] of this.#words.entries()) bytes.writeInt32BE(word, i * 4)
    return Buffer.from(bytes.toString('hex'), 'latin1')
  }
}
