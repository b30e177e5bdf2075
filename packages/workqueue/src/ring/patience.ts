import { RingStalledError } from './errors.js'

const SPINS = 200
const NAP_MS = 1
/** A second that this thread has waited itself. Not by the clock: where the whole machine stood still, the other one did so too. */
const NAPS = 1000

/**
 * Waiting for another thread to finish the few instructions between its claim and its publish: a short spin,
 * then naps (it may have lost its core), and an error when it is surely gone.
 */
export class Patience {
  #turns = 0
  #naps = 0

  /** One turn of waiting for the word at `index` to leave `value`; `owner` is whom to blame. */
  wait(words: Int32Array, index: number, value: number, owner: number): void {
    if (++this.#turns <= SPINS) return
    if (this.#naps >= NAPS) throw new RingStalledError(Atomics.load(words, owner))
    // Whoever moves the word on is not gone.
    this.#naps = Atomics.wait(words, index, value, NAP_MS) === 'timed-out' ? this.#naps + 1 : 0
  }
}
