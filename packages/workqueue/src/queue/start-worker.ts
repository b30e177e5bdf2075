import { fileURLToPath } from 'node:url'
import { Worker, type WorkerOptions } from 'node:worker_threads'

/** Starts a worker whose entry is the job module. @throws what Node throws for options that it does not accept. */
export function startWorker(module: string, options: WorkerOptions): Worker {
  if (takesFiles(options.execArgv ?? process.execArgv)) {
    const entry = module.startsWith('file:') ? fileURLToPath(module) : new URL(module)
    return new Worker(entry, options)
  }
  return new Worker(`import(${JSON.stringify(module)})`, { ...options, eval: true })
}

/**
 * A host that runs by `node --input-type=module -e …` hands that option down, and a thread that has it refuses an entry file.
 * It cannot be left out alone: what would be given to the thread in its stead may not contain V8's options.
 */
function takesFiles(execArgv: readonly string[]): boolean {
  return ![...execArgv, process.env.NODE_OPTIONS].some((one) => one?.includes('--input-type'))
}
