import { now } from '../clock.js'

const PAUSE_MS = 1000
const FIRST_PAUSE_MS = 10
/** A thread that has lived for so long was not started in vain, though no job has come back from it. */
const PROBATION_MS = 1000

/**
 * The crash budget: a thread that was started in vain is tried again after a pause that grows. After so many in a row jobs
 * are refused for a second; then one more thread may try. While threads fail they are started one at a time.
 */
export class Breaker {
  /** Threads in a row that did not come up, */
  #unborn = 0
  /** and that came up only to die. */
  #fallen = 0
  #pausedUntil = 0
  /** Threads that are up and have still to prove it, and since when: what `init` has left behind may end them at once. */
  readonly #onProbation = new Map<object, number>()

  constructor(
    private readonly budget: number,
    private readonly clock: () => number = now,
  ) {}

  /** Threads have failed to come up and none has since, or have come up only to die and none has proved itself since. */
  get isWary(): boolean {
    return this.#failures > 0
  }

  /** The budget is used up, and the last failure is less than a second ago. */
  get isOpen(): boolean {
    return this.#failures >= this.budget && this.pauseLeft > 0
  }

  /** Milliseconds for which no thread may be started. */
  get pauseLeft(): number {
    return this.#failures === 0 ? 0 : Math.max(0, this.#pausedUntil - this.clock())
  }

  get #failures(): number {
    return this.#unborn + this.#fallen
  }

  /** A thread came up. */
  cameUp(thread: object): void {
    this.#unborn = 0
    this.#onProbation.set(thread, this.clock())
  }

  /** A thread has begun a job: whatever ends it now is that job's affair. */
  worked(thread: object): void {
    if (this.#onProbation.size > 0 && this.#onProbation.delete(thread)) this.#fallen = 0
  }

  /** A thread has ended that was started in vain if it has not proved itself. True: the budget is used up. */
  ended(thread: object, wasOrdered: boolean, wasReady: boolean): boolean {
    this.#endProbations()
    const isOnProbation = this.#onProbation.delete(thread)
    if (wasOrdered || (wasReady && !isOnProbation)) return false
    if (isOnProbation) this.#fallen++
    else this.#unborn++
    return this.#failed()
  }

  #failed(): boolean {
    const isUsedUp = this.#failures >= this.budget
    const pause = FIRST_PAUSE_MS * 4 ** (this.#failures - 1)
    this.#pausedUntil = this.clock() + (isUsedUp ? PAUSE_MS : Math.min(pause, PAUSE_MS))
    return isUsedUp
  }

  #endProbations(): void {
    const before = this.clock() - PROBATION_MS
    for (const [thread, since] of this.#onProbation) if (since <= before) this.worked(thread)
  }
}
