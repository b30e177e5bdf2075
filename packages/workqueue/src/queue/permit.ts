import type { JobInput, JobName, JobResult, Jobs } from '../jobs/types.js'
import type { JobArguments } from './job-arguments.js'
import type { JobOptions } from './options.js'

/** How a permit's place is used; the queue's own. */
export interface PermitUse<J extends Jobs> {
  run<N extends JobName<J>>(
    name: N,
    input: JobInput<J, N>,
    options: JobOptions | undefined,
  ): Promise<JobResult<J, N>>
  push<N extends JobName<J>>(name: N, input: JobInput<J, N>, options: JobOptions | undefined): void
  release(): void
}

/**
 * A place in the queue, held for one job. Take it before you read the next piece of work: then whatever you have
 * read is certain of its place, and nothing is lost when a wait is aborted. One that is dropped without use or release
 * keeps its place for good.
 */
export class Permit<J extends Jobs = Jobs> {
  #use: PermitUse<J> | undefined

  constructor(use: PermitUse<J>) {
    this.#use = use
  }

  /** False after the place was used or given back. */
  get isHeld(): boolean {
    return this.#use !== undefined
  }

  /** Runs a job on this place; resolves with its result. @throws Error when the permit was used or released. */
  run<N extends JobName<J>>(name: N, ...args: JobArguments<J, N>): Promise<JobResult<J, N>> {
    return this.#with((use) => use.run(name, args[0] as JobInput<J, N>, args[1]))
  }

  /**
   * Pushes a job on this place: it is accepted at once. A failure goes to the queue's `onError`, as does the refusal of a
   * job whose signal has aborted, or of any job once the queue is closed.
   * @throws Error when the permit was used or released.
   */
  push<N extends JobName<J>>(name: N, ...args: JobArguments<J, N>): void {
    this.#with((use) => use.push(name, args[0] as JobInput<J, N>, args[1]))
  }

  /** Gives the place back unused. Idempotent. */
  release(): void {
    const use = this.#use
    this.#use = undefined
    use?.release()
  }

  [Symbol.dispose](): void {
    this.release()
  }

  /** Uses the place up, unless the arguments are refused. */
  #with<T>(action: (use: PermitUse<J>) => T): T {
    const use = this.#use
    if (use === undefined) throw new Error('the permit was used or released')
    this.#use = undefined
    try {
      return action(use)
    } catch (error) {
      this.#use = use
      throw error
    }
  }
}
