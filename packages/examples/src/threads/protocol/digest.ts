import { hash } from 'node:crypto'

/** SHA-256 iterated, a part at a time. */
export class Digest {
  #bytes: Uint8Array
  #left: number

  /** Makes the first of `rounds` rounds: of the text. */
  constructor(text: Uint8Array, rounds: number) {
    this.#bytes = hash('sha256', text, 'buffer')
    this.#left = rounds - 1
  }

  /** Makes at most `rounds` more, and returns how many there were to make. */
  advance(rounds: number): number {
    const count = Math.min(rounds, this.#left)
    let bytes = this.#bytes
    for (let i = 0; i < count; i++) bytes = hash('sha256', bytes, 'buffer')
    this.#bytes = bytes
    this.#left -= count
    return count
  }

  get isDone(): boolean {
    return this.#left === 0
  }

  /** The digest in hexadecimal, as ASCII. */
  get hex(): Uint8Array {
    return Buffer.from(Buffer.from(this.#bytes).toString('hex'), 'latin1')
  }
}
