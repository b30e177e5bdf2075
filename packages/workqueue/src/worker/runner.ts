import type { Transferable } from 'node:worker_threads'
import { now } from '../clock.js'
import { JobContext, runAs } from '../jobs/job-context.js'
import { Moved } from '../jobs/move.js'
import type { Jobs } from '../jobs/types.js'
import type { WorkerLane } from '../lane/worker-lane.js'
import { type Boot, WAKE } from './boot.js'
import { reportError, reportUnknownJob, reportUnserializable } from './error-report.js'
import { Idler } from './idler.js'

type Handler = (input: unknown, ctx: JobContext) => unknown

export interface RunnerParts {
  readonly lane: WorkerLane
  readonly jobs: Jobs
  readonly state: unknown
  readonly boot: Boot
  readonly dispose: () => Promise<void>
}

/** Runs the jobs that come through a worker's lane. */
export class Runner {
  readonly #lane: WorkerLane
  readonly #jobs: ReadonlyMap<string, Handler>
  readonly #state: unknown
  readonly #concurrency: number
  readonly #hasContext: boolean
  readonly #idler: Idler
  /** Contexts of the asynchronous jobs that are under way, by cell. */
  readonly #active = new Map<number, JobContext>()
  #pumping = false
  // Jobs of one kind come in a row, and the same string is quickly compared.
  #lastName: string | undefined
  #lastHandler: Handler | undefined

  constructor({ lane, jobs, state, boot, dispose }: RunnerParts) {
    this.#lane = lane
    // A map of own properties: no job is called `toString` by accident.
    this.#jobs = new Map(Object.entries(jobs) as [string, Handler][])
    this.#state = state
    this.#concurrency = boot.concurrency
    this.#hasContext = boot.hasContext
    this.#idler = new Idler(lane, boot, () => this.pump(), dispose)
  }

  /** A message from the host. */
  hear(message: number): void {
    if (message !== WAKE) {
      const ctx = this.#active.get(message)
      // A late message may concern a job that is gone; the cell says whether its present one is meant.
      if (ctx !== undefined && this.#lane.isAborting(message)) JobContext.abort(ctx)
    }
    this.pump()
  }

  /** Runs what waits in the lane, then goes to rest. */
  pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    const lane = this.#lane
    let startedAt = now()
    const sliceEnd = startedAt + this.#idler.sliceMs
    while (this.#active.size < this.#concurrency && lane.next(startedAt)) {
      startedAt = this.#execute(startedAt)
      if (startedAt > sliceEnd) break
    }
    this.#pumping = false
    if (startedAt > sliceEnd) {
      this.#idler.yield()
    } else {
      lane.bell.settle()
      this.#idler.rest(this.#active.size, this.#concurrency)
    }
  }

  /** Runs the claimed job. Returns the time after it. */
  #execute(startedAt: number): number {
    const lane = this.#lane
    const { cell, name } = lane
    let ctx: JobContext | undefined
    let result: unknown
    let isPromise: boolean
    try {
      const input = lane.take()
      ctx = new JobContext(name, this.#state, lane.takeContext(), lane, cell)
      const handler = this.#handlerOf(name)
      if (handler === undefined) {
        return this.#give(true, cell, name, startedAt, reportUnknownJob(name))
      }
      result = this.#hasContext ? callAs(ctx, handler, input) : handler(input, ctx)
      // In here: the look at `then` may throw.
      isPromise = isThenable(result)
    } catch (error) {
      if (ctx !== undefined) JobContext.seal(ctx)
      return this.#give(true, cell, name, startedAt, reportError(error))
    }
    if (!isPromise) {
      JobContext.seal(ctx)
      return this.#give(false, cell, name, startedAt, result)
    }
    this.#follow(result, ctx, cell, name, startedAt)
    return now()
  }

  /** Not in {@link #execute}, as the variables that a closure shares are allocated for every job that comes by there. */
  #follow(result: unknown, ctx: JobContext, cell: number, name: string, startedAt: number): void {
    this.#idler.sawPromise()
    this.#active.set(cell, ctx)
    const settle = (failed: boolean, value: unknown) => {
      this.#active.delete(cell)
      JobContext.seal(ctx)
      this.#give(failed, cell, name, startedAt, value)
      this.#lane.bell.settle()
      this.pump()
    }
    Promise.resolve(result).then(
      (value) => settle(false, value),
      (error: unknown) => settle(true, reportError(error)),
    )
  }

  #handlerOf(name: string): Handler | undefined {
    if (name === this.#lastName) return this.#lastHandler
    this.#lastName = name
    this.#lastHandler = this.#jobs.get(name)
    return this.#lastHandler
  }

  #give(failed: boolean, cell: number, name: string, startedAt: number, value: unknown): number {
    const endedAt = now()
    const runUs = Math.min((endedAt - startedAt) * 1000, 2 ** 31 - 1) | 0
    let sent = value
    let transfer: readonly Transferable[] | undefined
    try {
      // In here: so may the look at its class.
      if (value instanceof Moved) {
        sent = value.value
        transfer = value.transfer
      }
      this.#lane.give(failed, cell, runUs, sent, transfer)
    } catch (error) {
      const report = reportUnserializable(`result of ${name}`, sent, transfer, error)
      this.#lane.give(true, cell, runUs, report, undefined)
    }
    // Out here: the result is given, whatever becomes of the ring.
    this.#lane.announce(endedAt, runUs)
    return endedAt
  }
}

function callAs(ctx: JobContext, handler: Handler, input: unknown): unknown {
  return runAs(ctx, () => handler(input, ctx))
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}
