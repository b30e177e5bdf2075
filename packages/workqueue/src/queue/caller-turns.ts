import type { Job } from './job.js'

export interface Turns {
  /** Runs a job in the pushing thread. Never rejects. */
  run(job: Job): Promise<void>
  /** Lets what else happens in this thread have its turn: jobs that came back make room for those that wait. */
  rest(): Promise<void>
}

/** Whose turn it is in the pushing thread (`onFull: 'callerRuns'`): so many jobs at once, as in any thread. */
export class CallerTurns {
  /** Jobs that wait for a turn, and in the line for a place as well. */
  readonly #waiting = new Set<Job>()
  #taken = 0

  constructor(
    private readonly most: number,
    private readonly turns: Turns,
  ) {}

  /** Runs a job. False: it has to wait. */
  take(job: Job): boolean {
    if (this.#taken >= this.most) return false
    this.#taken++
    void this.#serve(job)
    return true
  }

  /** The job waits for its turn; it has joined the line. */
  join(job: Job): void {
    this.#waiting.add(job)
  }

  /** The job has left the line. */
  forget(job: Job): void {
    this.#waiting.delete(job)
  }

  async #serve(first: Job): Promise<void> {
    for (let job: Job | undefined = first; job !== undefined; job = this.#next()) {
      await this.turns.run(job)
      await this.turns.rest()
    }
    this.#taken--
  }

  #next(): Job | undefined {
    for (const job of this.#waiting) {
      job.leaveLine?.()
      return job
    }
    return undefined
  }
}
