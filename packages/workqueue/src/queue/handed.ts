import type { Job } from './job.js'

/** What is known of the jobs in a thread's lane that have not begun, without a look at them. */
export class Handed {
  /** None of them has a larger key. */
  highest = Number.NEGATIVE_INFINITY
  /** They were accepted in the order in which they lie there. */
  isInSequence = true
  #last = 0

  /** A job was put behind the others; `isAlone`: there are none. */
  add(job: Job, isAlone: boolean): void {
    if (isAlone) {
      this.highest = job.key
      this.isInSequence = true
    } else {
      if (job.key > this.highest) this.highest = job.key
      if (job.sequence < this.#last) this.isInSequence = false
    }
    this.#last = job.sequence
    job.highest = this.highest
  }

  /** All with a larger key were taken back. */
  limit(key: number): void {
    if (key < this.highest) this.highest = key
  }
}
