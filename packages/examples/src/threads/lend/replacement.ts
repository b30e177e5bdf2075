import { setTimeout as sleep } from 'node:timers/promises'
import { QueueClosedError } from '@rearm/workqueue'
import { DescriptorReserve } from '../../program/descriptors.js'

/** How long to leave threads alone that do not come up (ms). */
const pause = 1000

export interface ReplacementEvents {
  /** Resolves when all threads are up; rejects when they do not come up. */
  ready(): Promise<void>
  /** Called when a thread is missing, and when none is any more. */
  hold(): void
  release(): void
}

/** What happens from a thread's death until another has taken its place: a thread that starts needs the descriptors that it had. */
export class Replacement {
  readonly #reserve = new DescriptorReserve()
  readonly #stop = new AbortController()
  #isUnderWay = false
  #deaths = 0

  constructor(private readonly events: ReplacementEvents) {}

  /** Once all threads are up for the first time. */
  prepare(): void {
    this.#reserve.take()
  }

  /** The server stops: nobody is waited for any more. */
  stop(): void {
    this.#stop.abort()
  }

  async begin(): Promise<void> {
    const { signal } = this.#stop
    this.events.hold()
    this.#reserve.release()
    this.#deaths++
    if (this.#isUnderWay) return
    this.#isUnderWay = true
    while (!signal.aborted) {
      const deaths = this.#deaths
      if (!(await this.#isComplete())) await sleep(pause, undefined, { signal }).catch(() => {})
      // Another one may have died between the word that all are up and the hearing of it.
      else if (deaths === this.#deaths) break
    }
    if (signal.aborted) return
    this.#isUnderWay = false
    this.#reserve.take()
    this.events.release()
  }

  async #isComplete(): Promise<boolean> {
    try {
      await this.events.ready()
      return true
    } catch (error) {
      return error instanceof QueueClosedError
    }
  }
}
