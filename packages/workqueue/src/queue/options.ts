import { AsyncResource } from 'node:async_hooks'
import { availableParallelism } from 'node:os'
import { pathToFileURL } from 'node:url'
import type { Transferable, WorkerOptions } from 'node:worker_threads'
import type { IdleMode } from '../worker/boot.js'

/** What `push`, `run` and `pushMany` do when the queue is full. */
export type OnFull = 'wait' | 'reject' | 'callerRuns' | 'discard' | 'discardOldest'

/**
 * How worker threads wake a host that does not sit on its event loop. The module is imported in each thread; its
 * default export is called once with `data` and returns (or promises) the function that rings the host:
 * `export default (fd) => () => writeSync(fd, one)`. The host then calls `queue.poll()`.
 */
export interface HostWake {
  readonly module: string | URL
  readonly data?: unknown
}

/** A worker thread that is gone. */
export interface ThreadExitInfo {
  /** Its place in the queue: from 0 to `threads` - 1. Its successor has the same. */
  readonly index: number
  readonly threadId: number
  readonly exitCode: number
  /** Whether the queue itself had ended it: a close, a resize, an idle timeout, a job that would not stop. */
  readonly wasStopped: boolean
}

export interface WorkQueueOptions {
  /** Worker threads at most: an integer from 1 to 1024. They start on demand. Default: `os.availableParallelism()`. */
  readonly threads?: number
  /** Jobs that may wait beyond what the threads can run at once: an integer >= 0. Default 1024. */
  readonly capacity?: number
  /**
   * What a push does when the queue is full. `'wait'`, the default; `'reject'`; `'discard'`: the new job; `'discardOldest'`: of
   * those that wait. `'callerRuns'`: the pushing thread runs the job itself, `concurrency` of them at once like any thread,
   * while further ones wait for a place or for their turn there; a `push` resolves when its job has ended.
   */
  readonly onFull?: OnFull
  /** Asynchronous jobs under way at once in each thread: an integer from 1 to 1,048,576. Default 1. */
  readonly concurrency?: number
  /**
   * How an idle thread waits. `'park'`: blocked in `Atomics.wait`, cheapest to wake, its timers and sockets stand
   * still. `'loop'`: on its event loop, which costs a message to wake. Default `'auto'`: parked for 10 ms after its last job,
   * unless a job has returned a promise or something on the thread's loop is active, and then on its loop.
   */
  readonly idle?: IdleMode
  /** Stops a thread that had nothing to do for so many milliseconds. Default `Infinity`. */
  readonly idleTimeout?: number
  /** Milliseconds an aborted job has to end by itself before its thread is terminated. Default 1000. */
  readonly abortGrace?: number
  /** How often a job declared `idempotent` is run again when its thread dies under it. Default 1. */
  readonly retries?: number
  /** Threads in a row that may fail to come up, or die within a second before they begin a job, until the waiting jobs are rejected. Default 3. */
  readonly crashBudget?: number
  /** Milliseconds a thread has to load the module and run `init`. Default 60 000. */
  readonly startTimeout?: number
  /** Bytes of each of the two shared rings of a thread: a power of two from 4096. Default 524 288. */
  readonly ringBytes?: number
  /** Cloned to every thread; `init` receives it as `data`. */
  readonly workerData?: unknown
  /**
   * Passed on to `new Worker`: `env`, `execArgv`, `argv`, `resourceLimits`, `name`, `trackUnmanagedFds`. What the threads print
   * goes to this thread's streams; `stdout` and `stderr` are refused, as nobody could read theirs.
   */
  readonly worker?: Pick<
    WorkerOptions,
    'env' | 'execArgv' | 'argv' | 'resourceLimits' | 'name' | 'trackUnmanagedFds'
  >
  /** Called at every push; what it returns (plain data, from an AsyncLocalStorage say) is the job's `ctx.context`. */
  readonly context?: () => unknown
  /**
   * Receives the failure of a job whose result nobody awaits. Without it such a failure is an unhandled rejection, except
   * for ends that you have ordered: an abort by the job's own signal, a close, `onFull: 'discardOldest'`.
   */
  readonly onError?: (error: unknown) => void
  /**
   * Called when a thread has ended, before its jobs are given to others: the place to take back what was lent to it.
   */
  readonly onThreadExit?: (exit: ThreadExitInfo) => void
  /** For hosts that block elsewhere than on their event loop. */
  readonly wake?: HostWake
  /** For tests of crash recovery: a module whose default export is called in the threads between protocol steps. */
  readonly probe?: string | URL
}

export interface Settings {
  readonly module: string
  readonly threads: number
  readonly capacity: number
  readonly onFull: OnFull
  readonly concurrency: number
  readonly idle: IdleMode
  readonly idleTimeout: number
  readonly abortGrace: number
  readonly retries: number
  readonly crashBudget: number
  readonly startTimeout: number
  readonly ringBytes: number
  readonly cells: number
  readonly workerData: unknown
  readonly worker: NonNullable<WorkQueueOptions['worker']>
  readonly context: (() => unknown) | undefined
  readonly onError: ((error: unknown) => void) | undefined
  readonly onThreadExit: ((exit: ThreadExitInfo) => void) | undefined
  readonly wake: { readonly module: string; readonly data: unknown } | undefined
  readonly probe: string | undefined
}

/** @throws RangeError or TypeError for a value that makes no sense. */
export function settle(module: string | URL, options: WorkQueueOptions): Settings {
  const ringBytes = options.ringBytes ?? 512 * 1024
  if (ringBytes < 4096 || ringBytes > 2 ** 28 || !Number.isInteger(Math.log2(ringBytes))) {
    throw new RangeError(`ringBytes must be a power of two from 4096, not ${ringBytes}`)
  }
  const concurrency = integer('concurrency', options.concurrency ?? 1, 1, MOST_CONCURRENT)
  return {
    module: moduleUrl(module),
    threads: threadCount(options.threads ?? Math.min(availableParallelism(), MOST_THREADS)),
    capacity: integer('capacity', options.capacity ?? 1024, 0),
    onFull: oneOf('onFull', options.onFull ?? 'wait', ON_FULL),
    concurrency,
    idle: oneOf('idle', options.idle ?? 'auto', IDLE),
    idleTimeout: duration('idleTimeout', options.idleTimeout ?? Number.POSITIVE_INFINITY),
    abortGrace: duration('abortGrace', options.abortGrace ?? 1000),
    retries: integer('retries', options.retries ?? 1, 0),
    crashBudget: integer('crashBudget', options.crashBudget ?? 3, 1),
    startTimeout: duration('startTimeout', options.startTimeout ?? 60_000),
    ringBytes,
    cells: Math.max(1024, 2 * concurrency),
    workerData: options.workerData,
    worker: passedOn(options.worker ?? {}),
    context: options.context,
    // In the context of whoever made the queue, not of the request whose job failed or started the thread.
    onError: options.onError && AsyncResource.bind(options.onError),
    onThreadExit: options.onThreadExit && AsyncResource.bind(options.onThreadExit),
    wake: options.wake && { module: moduleUrl(options.wake.module), data: options.wake.data },
    probe: options.probe === undefined ? undefined : moduleUrl(options.probe),
  }
}

/** Each takes a place in shared memory, in every thread. */
const MOST_CONCURRENT = 2 ** 20
/** Every hand-over looks at all of them, and each that is there takes some megabytes: more is a mistake. */
const MOST_THREADS = 1024
const ON_FULL: readonly OnFull[] = ['wait', 'reject', 'callerRuns', 'discard', 'discardOldest']
const IDLE: readonly IdleMode[] = ['auto', 'park', 'loop']

/** @throws RangeError unless `value` may be a queue's number of threads. */
export function threadCount(value: number): number {
  return integer('threads', value, 1, MOST_THREADS)
}

/** @throws RangeError unless `value` is an integer from `least` to `most`. */
function integer(
  name: string,
  value: number,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  const range = most === Number.MAX_SAFE_INTEGER ? `>= ${least}` : `from ${least} to ${most}`
  throw new RangeError(`${name} must be an integer ${range}, not ${value}`)
}

/** @throws RangeError unless `value` is a number of milliseconds, perhaps Infinity. */
export function duration(name: string, value: number): number {
  if (typeof value === 'number' && value >= 0) return value
  throw new RangeError(`${name} must be a number of milliseconds >= 0, not ${value}`)
}

function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value
  throw new TypeError(`${name} must be one of ${allowed.join(', ')}, not ${value}`)
}

/** A thread whose output is kept for a reader that cannot be there would wait for ever to be rid of it. */
function passedOn(worker: WorkerOptions): Settings['worker'] {
  for (const stream of ['stdout', 'stderr'] as const) {
    if (worker[stream]) {
      throw new TypeError(`worker.${stream} cannot be kept apart: nobody could read it`)
    }
  }
  return worker
}

/** Not by `instanceof`: under jest a URL comes from another realm. */
function moduleUrl(module: string | URL): string {
  const text = typeof module === 'string' ? module : module.href
  if (/^[a-z]:[\\/]/i.test(text) || text.startsWith('/')) return pathToFileURL(text).href
  if (/^(file|data):/.test(text)) return text.startsWith('file:') ? bare(text) : text
  throw new TypeError(`a module must be given as a file: URL or an absolute path, not ${text}`)
}

/** Without query and fragment: Node would load the entry file and the import of it as two modules. */
function bare(url: string): string {
  const parsed = new URL(url)
  parsed.search = ''
  parsed.hash = ''
  return parsed.href
}

/** Limits and wishes of one job. */
export interface JobOptions {
  /** Aborts the job, waiting or running. */
  readonly signal?: AbortSignal
  /** Milliseconds the job may run, from its start. One that is done is never too late, however late the host looks. */
  readonly timeout?: number
  /** Milliseconds until the job must have ended, from its push; time spent waiting for acceptance counts. */
  readonly deadline?: number
  /**
   * An integer; higher goes first. One step lets a job pass at most 64 jobs that were pushed before it, so nothing
   * waits for ever. Default 0.
   */
  readonly priority?: number
  /**
   * Jobs of one key run on one thread, and start in the order of their pushes. A whole number `k` names the thread:
   * `k` modulo the number of threads. Other keys are spread by their hash.
   */
  readonly affinity?: string | number
  /** Buffers and ports to hand over instead of copying. */
  readonly transfer?: readonly Transferable[]
}

/** @throws TypeError for what is no AbortSignal. Not by `instanceof`: under jest it may come from another realm. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined) return
  if (typeof signal?.aborted === 'boolean' && typeof signal.addEventListener === 'function') return
  throw new TypeError(
    'signal must be an AbortSignal (of an AbortController, its property `signal`)',
  )
}

/** @throws RangeError or TypeError for a job's option that makes no sense. */
export function checkJob({ signal, timeout, deadline, priority }: JobOptions): void {
  checkSignal(signal)
  if (timeout !== undefined) duration('timeout', timeout)
  if (deadline !== undefined) duration('deadline', deadline)
  if (priority !== undefined && !Number.isSafeInteger(priority)) {
    throw new RangeError(`priority must be an integer, not ${priority}`)
  }
}
