/** Work that a thread should have in hand, in microseconds: enough to last until the host has been rung and has looked. */
const IN_HAND_US = 8000
const SHORTEST_US = 0.25
const BRISK_US = 20
const WEIGHT = 1 / 16

/**
 * How many jobs a thread may hold: many short ones, so that they travel in batches; of long ones only the next, so
 * that the rest stay where any thread can take them.
 */
export class Pace {
  limit: number
  #runUs = 0

  constructor(
    private readonly concurrency: number,
    private readonly cells: number,
  ) {
    this.limit = concurrency
  }

  reset(): void {
    this.limit = this.concurrency
    this.#runUs = 0
  }

  /** Its jobs lately took less time than a message to the host. */
  get isBrisk(): boolean {
    return this.#runUs > 0 && this.#runUs < BRISK_US
  }

  /** How long so many jobs take, in microseconds, if they are as the last ones. */
  timeFor(jobs: number): number {
    return jobs * this.#runUs
  }

  /** A job came back that ran `us` microseconds. */
  note(us: number): void {
    const run = us + SHORTEST_US
    const mean = this.#runUs === 0 ? run : this.#runUs + (run - this.#runUs) * WEIGHT
    this.#runUs = mean
    const ahead = Math.max(1, Math.floor((IN_HAND_US * this.concurrency) / mean))
    this.limit = Math.min(this.cells, this.concurrency + ahead)
  }
}
