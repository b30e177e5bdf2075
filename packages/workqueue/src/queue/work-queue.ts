import type { JobInput, JobName, JobResult, Jobs } from '../jobs/types.js'
import type { CloseOptions } from './closing.js'
import { Engine } from './engine.js'
import type { JobArguments } from './job-arguments.js'
import type { JobOptions, WorkQueueOptions } from './options.js'
import { Permit } from './permit.js'
import { pushMany } from './push-many.js'
import type { ReserveOptions } from './reservations.js'
import type { WorkQueueStats } from './stats.js'

// A queue that nobody holds any more finishes its jobs and lets its threads go.
const forgotten = new FinalizationRegistry<Engine>((engine) => {
  void engine.closeWhenAnswered()
})

/**
 * A bounded queue of jobs for worker threads.
 *
 * `new WorkQueue<typeof jobs>(new URL('./jobs.js', import.meta.url), { threads: 4, capacity: 1000 })`, where
 * `jobs.js` says `export default defineJobs({ ... })`. Every promise it gives settles exactly once. Input is read
 * when a job is handed to a thread: leave it alone after the push.
 *
 * Without the type argument any name and any input compile, and a result is `unknown`.
 */
export class WorkQueue<J extends Jobs = Jobs> implements AsyncDisposable {
  readonly #engine: Engine

  /**
   * @param module file: URL or absolute path of the job module, which is the threads' entry file.
   * @throws RangeError or TypeError for options that make no sense.
   */
  constructor(module: string | URL, options: WorkQueueOptions = {}) {
    this.#engine = new Engine(module, options)
    forgotten.register(this, this.#engine, this)
  }

  /**
   * Runs a job; resolves with its result. When the queue is full, `onFull` decides: by default it waits.
   *
   * Rejects with what the job threw, or with QueueFullError, QueueClosedError, JobTimeoutError, JobAbortedError,
   * WorkerExitError, JobModuleError, UnserializableError.
   */
  run<N extends JobName<J>>(name: N, ...args: JobArguments<J, N>): Promise<JobResult<J, N>> {
    return this.#engine.run(name, args[0], args[1]) as Promise<JobResult<J, N>>
  }

  /**
   * Pushes a job whose result nobody awaits; resolves when it is accepted: true, or false when it was dropped
   * under `onFull: 'discard'`. Rejects like {@link run} when it is not accepted; a later failure goes to `onError`.
   */
  push<N extends JobName<J>>(name: N, ...args: JobArguments<J, N>): Promise<boolean> {
    return this.#engine.push(name, args[0], args[1])
  }

  /**
   * Pushes a job if there is room now. False, and the job never runs: the queue is full or closed, the job's signal has
   * aborted, or no thread for it comes up.
   */
  tryPush<N extends JobName<J>>(name: N, ...args: JobArguments<J, N>): boolean {
    return this.#engine.tryPush(name, args[0], args[1])
  }

  /**
   * Pushes many jobs of one kind, in order, waiting where the queue is full. Resolves with the number accepted.
   * Rejects at the first that is refused, with an error whose `accepted` says how many were pushed before; they stay
   * accepted. What `inputs` itself throws comes out as the very object it is, with `accepted` set on it, or without where it
   * is frozen or no object. The event loop turns every 10 ms or so, however fast `inputs` is, but in a host with the `wake` option.
   */
  pushMany<N extends JobName<J>>(
    name: N,
    inputs: Iterable<JobInput<J, N>> | AsyncIterable<JobInput<J, N>>,
    options?: JobOptions,
  ): Promise<number> {
    // By way of `this`: who waits for the count holds the queue.
    return pushMany(inputs, {
      push: (input) => this.#engine.offer(name, input, options),
      hasLoop: this.#engine.ledger.settings.wake === undefined,
    })
  }

  /**
   * Waits for a place and holds it. Rejects with QueueClosedError, JobAbortedError or JobTimeoutError; nothing is
   * held then. `onFull` does not matter here: a reservation always waits.
   *
   * The place is held until the permit is used or released, also when nobody has the permit any more: release it in a
   * `finally`, or take it by `using`, which does nothing to one that was used.
   */
  async reserve(options: ReserveOptions = {}): Promise<Permit<J>> {
    await this.#engine.reserve(options)
    return this.#permit()
  }

  /** Holds a place if one is free now; until the permit is used or released, as with {@link reserve}. */
  tryReserve(): Permit<J> | undefined {
    return this.#engine.tryReserve() ? this.#permit() : undefined
  }

  /** Resolves when no accepted job is left unsettled. */
  drained(): Promise<void> {
    return this.#engine.ledger.debts.drained()
  }

  /**
   * Starts every thread, which otherwise happens on demand. Resolves when all have loaded the module and run
   * `init`. Rejects with JobModuleError or QueueClosedError.
   */
  ready(): Promise<void> {
    return this.#engine.ready()
  }

  /** Changes the number of threads, 1 to 1024. One that is not wanted any more finishes its jobs first. @throws RangeError */
  resize(threads: number): void {
    this.#engine.resize(threads)
  }

  /**
   * Accepts no more jobs, lets the accepted ones run (or, in mode `'discard'`, rejects those that have not begun),
   * stops the threads, and resolves when they are gone and what they printed is out. Closing again is harmless; a
   * stricter mode or an earlier timeout takes effect. Rejects only when `dispose` fails in the caller's own thread.
   */
  close(options: CloseOptions = {}): Promise<void> {
    forgotten.unregister(this)
    return this.#engine.close(options)
  }

  /** The same as {@link close} without options. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** True from the first call of {@link close}. */
  get closed(): boolean {
    return this.#engine.isClosed
  }

  /**
   * Takes in what the threads have returned; gives the number of records. Only for hosts with the `wake` option:
   * on a thread that sits on its event loop this happens by itself. A host that never lets its loop turn does not
   * learn of a thread's death. Called by a subscriber of a diagnostics channel that is being told of a result, it takes in
   * nothing and gives 0: whoever takes that result in goes on with the rest.
   */
  poll(): number {
    return this.#engine.poll()
  }

  /**
   * Blocks the calling thread, at most `timeout` ms, and takes in what the worker threads return: while all of them have
   * something to do, or while what any of them has should be back within half of that time, as far as earlier jobs tell.
   * For a host whose further input would only wait behind the jobs that are out: it is spared a wake-up for each.
   * Nothing else happens on this thread meanwhile, so let it be short.
   */
  park(timeout: number): void {
    this.#engine.park(timeout)
  }

  stats(): WorkQueueStats {
    return this.#engine.stats()
  }

  #permit(): Permit<J> {
    // By way of `this`: who holds a permit holds the queue.
    return new Permit<J>({
      run: (name, input, options) =>
        this.#engine.runWithPermit(name, input, options) as Promise<JobResult<J, typeof name>>,
      push: (name, input, options) => this.#engine.pushWithPermit(name, input, options),
      release: () => this.#engine.releasePermit(),
    })
  }
}
