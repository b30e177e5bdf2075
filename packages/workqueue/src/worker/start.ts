import { setImmediate } from 'node:timers'
import { isMainThread, workerData } from 'node:worker_threads'
import { BOOT_KEY, type Boot } from './boot.js'
import { run } from './run.js'

const STARTED = Symbol.for('@rearm/workqueue/started')

/**
 * Called by `defineJobs`: the job module itself is the worker's entry file, so no path inside this package has to
 * survive a bundler. Which module is the entry is decided after it has loaded: it may import other job modules.
 */
export function startIfWorker(): void {
  if (isMainThread || typeof workerData !== 'object' || workerData === null) return
  const boot = (workerData as Record<string, unknown>)[BOOT_KEY] as Boot | undefined
  const global = globalThis as { [STARTED]?: boolean }
  if (boot === undefined || global[STARTED]) return
  global[STARTED] = true
  setImmediate(() => void run(boot))
}
