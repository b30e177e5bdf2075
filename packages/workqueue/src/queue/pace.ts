/** Work that a thread should have in hand, in microseconds: enough to last until the host has been rung and has looked. */
const IN_HAND_US = 8000
/** How many times the host's doze a thread's jobs should last: a thread that runs out of them rings. */
const OUTLASTS = 2
const SHORTEST_US = 0.25
const BRISK_US = 20
const WEIGHT = 1 / 16

/**
 * How many jobs a thread may hold: many short ones, so that they travel in batches; of long ones only the next, so
 * that the rest stay where any thread can take them.
 */
export class Pace {
  limit: number
  /** The same while many more wait, whose results may wait: as many as last until the host looks by itself. */
  deepLimit: number
  #runUs = 0

  constructor(
    private readonly concurrency: number,
    private readonly cells: number,
  ) {
    this.limit = concurrency
    this.deepLimit = concurrency
  }

  reset(): void {
    this.limit = this.concurrency
    this.deepLimit = this.concurrency
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

  /**
   * How long one more job will wait in the lane behind `jobs` others, in milliseconds. Those that run at that moment are left
   * out, since they may be about to end.
   */
  waitBehind(jobs: number): number {
    const ahead = Math.max(0, jobs - this.concurrency)
    return this.timeFor(ahead) / this.concurrency / 1000
  }

  /** A job came back that ran `us` microseconds, and whose result might wait for `patience` milliseconds. */
  note(us: number, patience: number): void {
    const run = us + SHORTEST_US
    const mean = this.#runUs === 0 ? run : this.#runUs + (run - this.#runUs) * WEIGHT
    this.#runUs = mean
    this.limit = this.#limitFor(IN_HAND_US)
    const deepUs = OUTLASTS * patience * 1000
    this.deepLimit = deepUs > IN_HAND_US ? this.#limitFor(deepUs) : this.limit
  }

  #limitFor(us: number): number {
    const ahead = Math.max(1, Math.floor((us * this.concurrency) / this.#runUs))
    return Math.min(this.cells, this.concurrency + ahead)
  }
}
