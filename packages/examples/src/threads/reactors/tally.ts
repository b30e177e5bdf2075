import { type ReactorSummary, summarize } from '../state.js'

/** What all threads' reactors have done together. One that dies takes its figures along: what it said last still counts, so that no sum falls. */
export class ReactorTally {
  readonly #latest = new Map<number, ReactorSummary>()
  #ofDead = summarize([])

  hear(thread: number, summary: ReactorSummary): void {
    this.#latest.set(thread, summary)
  }

  /** The thread is gone; the next one of its number begins at nothing. */
  bury(thread: number): void {
    const last = this.#latest.get(thread)
    this.#latest.delete(thread)
    if (last !== undefined) this.#ofDead = summarize([this.#ofDead, last])
  }

  total(): ReactorSummary {
    return summarize([this.#ofDead, ...this.#latest.values()])
  }
}
