/** The first park (ms): a thread that gets jobs more often than this pays nothing for the turns. */
const FIRST_MS = 2
/** After the longest one the thread parks until it is woken: a minute of quiet in all, in 15 turns. */
const LONGEST_MS = 32_768

/**
 * For how long a parked thread stays away from its event loop. What a job has left behind there is not all listed by
 * Node (compression, random bytes, key derivation, WebAssembly that compiles), so the loop gets a turn now and then:
 * soon after the last job or sign of life, then ever more rarely, at last not at all.
 */
export class Quiet {
  /** How long the next park may be (ms). */
  parkMs = FIRST_MS
  #isLasting = false
  #events = 0

  constructor(private readonly countEvents: () => number = loopEvents) {}

  /** True when the last park was one that nothing ended. */
  get isLasting(): boolean {
    return this.#isLasting
  }

  /** A job has run, or come. */
  begin(): void {
    this.parkMs = FIRST_MS
    this.#isLasting = false
  }

  /** Nothing has ended the park: the loop is about to get a turn. */
  last(): void {
    this.#isLasting = true
    this.#events = this.countEvents()
    this.parkMs = this.parkMs < LONGEST_MS ? this.parkMs * 2 : Number.POSITIVE_INFINITY
  }

  /** The loop has had its turn. Where something came of it, more may follow. */
  turned(): void {
    if (this.#isLasting && this.countEvents() !== this.#events) this.parkMs = FIRST_MS
  }
}

/** What this thread's event loop has handled so far. */
function loopEvents(): number {
  return performance.nodeTiming.uvMetricsInfo?.events ?? 0
}
