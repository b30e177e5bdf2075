import { now } from '../clock.js'
import { RingStalledError } from './errors.js'

const SPINS = 200
const STALLED_AFTER_MS = 1000

/**
 * Waiting for another thread to finish the few instructions between its claim and its publish: a short spin,
 * then naps (it may have lost its core), and an error when it is surely gone.
 */
export class Patience {
  #turns = 0
  #since = 0

  /** One turn of waiting for the word at `index` to leave `value`; `owner` is whom to blame. */
  wait(words: Int32Array, index: number, value: number, owner: number): void {
    if (++this.#turns <= SPINS) return
    const at = now()
    if (this.#turns === SPINS + 1) this.#since = at
    if (at - this.#since > STALLED_AFTER_MS) {
      throw new RingStalledError(Atomics.load(words, owner))
    }
    Atomics.wait(words, index, value, 1)
  }
}
