import { queueMicrotask } from '../microtask.js'
import type { Thread } from './thread.js'

const FLUSH_AFTER = 128

/** Lanes with jobs that are written and not yet published: one publish, and one wake-up, for many jobs. */
export class Outgoing {
  readonly #threads = new Set<Thread>()
  /** Results are being taken in: whoever does that flushes in the end. */
  isAwaited = false
  #sent = 0
  #scheduled = false
  readonly #flush = () => this.flush()

  /** @param flushed called when jobs have been published. */
  constructor(private readonly flushed: () => void) {}

  /** A job was written to a thread's lane. */
  sent(thread: Thread): void {
    this.#threads.add(thread)
    if (++this.#sent >= FLUSH_AFTER) {
      this.flush()
    } else if (!this.isAwaited && !this.#scheduled) {
      this.#scheduled = true
      queueMicrotask(this.#flush)
    }
  }

  flush(): void {
    this.#scheduled = false
    this.#sent = 0
    if (this.#threads.size === 0) return
    for (const thread of this.#threads) thread.lane?.flush()
    this.#threads.clear()
    this.flushed()
  }

  /** The thread is gone, and what was written for it. */
  forget(thread: Thread): void {
    this.#threads.delete(thread)
  }
}
