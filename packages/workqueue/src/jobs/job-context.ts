import { AsyncLocalStorage } from 'node:async_hooks'

/** What a {@link JobContext} asks of the thread it lives on. */
export interface JobControl {
  isAborting(cell: number): boolean
  /** Asked once, when the job has ended. */
  wasAborted(cell: number): boolean
}

/** A running job's view of the world: the second argument of every job. */
export class JobContext<State = unknown> {
  #controller: AbortController | undefined

  constructor(
    /** The job's name. */
    readonly name: string,
    /** What the module's `init` returned in this thread; `undefined` without one. */
    readonly state: State,
    /** What the queue's `context` option returned when the job was pushed. */
    readonly context: unknown,
    private control: JobControl | undefined,
    private readonly cell: number,
  ) {}

  /**
   * True once the caller has aborted the job, or its time has run out. Reads shared memory: a synchronous loop sees
   * it change.
   */
  get aborted(): boolean {
    if (this.#controller?.signal.aborted) return true
    if (!this.control?.isAborting(this.cell)) return false
    // Its signal must not say otherwise to whoever looks there.
    this.#controller?.abort()
    return true
  }

  /**
   * The same as an AbortSignal, for asynchronous jobs. It fires when the thread's event loop turns, or when the job itself
   * looks whether it is aborted.
   */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.control?.isAborting(this.cell)) this.#controller.abort()
    return this.#controller.signal
  }

  /** Throws the abort as an AbortError if there was one. */
  throwIfAborted(): void {
    if (this.aborted) this.signal.throwIfAborted()
  }

  /** @internal The thread learnt of the abort on its event loop. */
  static abort(ctx: JobContext): void {
    ctx.#controller?.abort()
  }

  /** @internal The job has ended. Its cell is the next job's, whose abort is none of this one's. */
  static seal(ctx: JobContext): void {
    ctx.control = ctx.control?.wasAborted(ctx.cell) ? ABORTED : undefined
  }
}

const ABORTED: JobControl = { isAborting: () => true, wasAborted: () => true }

const current = new AsyncLocalStorage<JobContext>()

/**
 * The context of the job that this code runs in, however deep in its calls and awaits.
 * Known only in queues with the `context` option, and to jobs that run in the caller: following every await costs.
 */
export function currentJob(): JobContext | undefined {
  return current.getStore()
}

/** Runs `job` so that {@link currentJob} knows it. */
export function runAs<T>(ctx: JobContext, job: () => T): T {
  return current.run(ctx, job)
}
