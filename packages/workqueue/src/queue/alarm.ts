import { clearTimeout, setTimeout } from 'node:timers'

/**
 * A timer that is set again and again, and keeps no process alive. To start the same one anew costs less than a new one, and
 * a host that is woken only now and then pays for everything in cold caches.
 */
export class Alarm {
  isSet = false
  #timer: NodeJS.Timeout | undefined
  #ms = 0

  constructor(private readonly onDue: () => void) {}

  /** To go off in `ms` milliseconds, whatever it was set to before. */
  set(ms: number): void {
    this.isSet = true
    if (this.#timer !== undefined && this.#ms === ms) {
      this.#timer.refresh()
      return
    }
    clearTimeout(this.#timer)
    this.#ms = ms
    this.#timer = setTimeout(() => {
      this.isSet = false
      this.onDue()
    }, ms).unref()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.isSet = false
  }
}
