import { clearTimeout, setTimeout } from 'node:timers'

/** Keeps the process alive while something is pending. A timer that never fires: cheap to ref and unref. */
export class KeepAlive {
  readonly #timer = setTimeout(() => {}, 2 ** 31 - 1).unref()
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
    clearTimeout(this.#timer)
  }
}
