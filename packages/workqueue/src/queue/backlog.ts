import { Deque } from '../collections/deque.js'
import { Heap } from '../collections/heap.js'
import { type Job, STAGE } from './job.js'

/**
 * Accepted jobs that no thread holds yet, smallest key first. Jobs arrive nearly always in the order of their keys:
 * those go through a plain queue, the others (priorities, jobs that came back) through a heap.
 */
export class Backlog {
  readonly #inOrder = new Deque<Job>()
  readonly #others = new Heap<Job>((a, b) => a.key - b.key || a.sequence - b.sequence)
  #lastKey = Number.NEGATIVE_INFINITY
  #size = 0

  /** Jobs in here that are still wanted. */
  get size(): number {
    return this.#size
  }

  add(job: Job): void {
    job.stage = STAGE.queued
    this.#size++
    if (this.#inOrder.size === 0) this.#lastKey = Number.NEGATIVE_INFINITY
    if (job.priority === 0 && job.key > this.#lastKey) {
      this.#lastKey = job.key
      this.#inOrder.push(job)
    } else {
      this.#others.push(job)
    }
  }

  /** The next job, without taking it. */
  peek(): Job | undefined {
    while (this.#inOrder.peek()?.stage === STAGE.gone) this.#inOrder.shift()
    while (this.#others.peek()?.stage === STAGE.gone) this.#others.pop()
    const first = this.#inOrder.peek()
    const other = this.#others.peek()
    if (first === undefined || other === undefined) return first ?? other
    return other.key < first.key ? other : first
  }

  /** Takes the job that {@link peek} shows. */
  shift(): Job | undefined {
    const job = this.peek()
    if (job === undefined) return undefined
    this.#size--
    job.stage = STAGE.moving
    if (job === this.#inOrder.peek()) this.#inOrder.shift()
    else this.#others.pop()
    return job
  }

  /** `job` is in here and is not wanted any more; it is dropped when its turn comes. */
  forget(job: Job): void {
    job.stage = STAGE.gone
    this.#size--
    // Many forgotten jobs must not hold memory behind one that never moves.
    if (++this.#forgotten > 64 && this.#forgotten > 2 * this.#size) this.#compact()
  }

  /** Takes everything out, in order. */
  *takeAll(): Generator<Job> {
    for (let job = this.shift(); job !== undefined; job = this.shift()) yield job
  }

  /** The job that was accepted first of those that have never begun. */
  oldest(): Job | undefined {
    // Drops what is not wanted any more from the front.
    this.peek()
    let oldest: Job | undefined
    for (const job of this.#inOrder.items()) {
      if (!isFresh(job)) continue
      oldest = job
      break
    }
    for (const job of this.#others.items()) {
      if (isFresh(job) && !(oldest && oldest.sequence < job.sequence)) oldest = job
    }
    return oldest
  }

  #forgotten = 0

  #compact(): void {
    this.#forgotten = 0
    const kept = [...this.takeAll()]
    this.#lastKey = Number.NEGATIVE_INFINITY
    for (const job of kept) this.add(job)
  }
}

/** Whether a job is still wanted and does not wait for its second run. */
function isFresh(job: Job): boolean {
  return job.stage !== STAGE.gone && job.attempts === 0
}
