import { clearInterval, setInterval } from 'node:timers'

/**
 * Keeps the process alive while something is pending: a timer is cheap to ref and unref. An interval, because one that has
 * fired, be it after 24.8 days, holds nothing any more.
 */
export class KeepAlive {
  readonly #timer = setInterval(() => {}, 2 ** 31 - 1).unref()
  #held = false

  hold(): void {
    if (this.#held) return
    this.#held = true
    this.#timer.ref()
  }

  release(): void {
    if (!this.#held) return
    this.#held = false
    this.#timer.unref()
  }

  end(): void {
    clearInterval(this.#timer)
  }
}
