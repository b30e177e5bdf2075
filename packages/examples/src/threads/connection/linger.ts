/** How long a peer may go on sending after the end of its answers (ms); a stopping server has its own deadline for that. */
const longest = 2000
/** How long a stopping server waits for a peer that sends nothing and does not end either (ms). */
const longestSilence = 200
/** A peer that takes its end at once is not kept waiting; one that does not costs few wakeups (ms). */
const shortestSleep = 1
const longestSleep = 32

/**
 * The time between a connection's last answer and its close, while its peer may still send. It is looked at from time to time
 * instead of waited for: so the silent peer has the same bound as the busy one, in every mode, without `--idle`.
 */
export class Linger {
  /** How long to wait before the next look (ms). */
  sleepMs = shortestSleep / 2
  readonly #since = performance.now()
  #heardAt = this.#since

  /** Whether the peer has had its time. @param heard it has sent something since the last look */
  isOver(heard: boolean, isStopping: boolean): boolean {
    const now = performance.now()
    if (heard) this.#heardAt = now
    this.sleepMs = Math.min(this.sleepMs * 2, longestSleep)
    return isStopping ? now - this.#heardAt >= longestSilence : now - this.#since >= longest
  }
}
