import { threadId } from 'node:worker_threads'
import { isIdempotent, setupOf } from '../jobs/define-jobs.js'
import { initialise, moduleFailure } from '../jobs/initialise.js'
import { loadJobs } from '../jobs/load-jobs.js'
import { Bell } from '../lane/bell.js'
import { LaneMemory } from '../lane/layout.js'
import { type LaneProbe, WorkerLane } from '../lane/worker-lane.js'
import { type Boot, type FromWorker, PROTOCOL } from './boot.js'
import { reportError } from './error-report.js'
import { Runner } from './runner.js'

/** Brings a worker thread up and sets it to work. */
export async function run(boot: Boot): Promise<void> {
  const tell = (message: FromWorker) => boot.port.postMessage(message)
  const fail = (failure: string, error: unknown) =>
    tell({ type: 'failed', failure, error: reportError(error) })
  // From here on the host's messages keep this thread alive.
  boot.port.ref()
  if (boot.protocol !== PROTOCOL) {
    return fail('another release of @rearm/workqueue is bundled in the job module', undefined)
  }
  let runner: Runner
  try {
    const jobs = await loadJobs(boot.module)
    const rouse = await hostWake(boot, tell)
    const probe = boot.probe === undefined ? undefined : await importFunction(boot.probe)
    const lane = new WorkerLane(
      new LaneMemory(boot.memory, boot.layout),
      boot.values,
      new Bell(boot.bell, rouse),
      probe as LaneProbe | undefined,
    )
    if (boot.wake !== undefined) process.on('exit', () => rouse())
    const setup = setupOf(jobs)
    const state = await initialise(() =>
      setup?.init?.({ data: boot.data, threadId, index: boot.index }),
    )
    const dispose = async () => {
      try {
        await setup?.dispose?.(state)
      } catch (error) {
        fail('dispose() of the job module failed', error)
      }
    }
    runner = new Runner({ lane, jobs, state, boot, dispose })
    const names = Object.keys(jobs)
    tell({
      type: 'ready',
      jobs: names,
      idempotent: names.filter((name) => isIdempotent(jobs[name] as object)),
    })
  } catch (error) {
    const { failure, cause } = moduleFailure(error)
    return fail(failure, cause)
  }
  // What is thrown from here on is no fault of the module: it ends the thread, and its jobs are told.
  boot.port.on('message', (message: number) => runner.hear(message))
  runner.pump()
}

/** The function that wakes the host: a message, or what the queue's `wake` option brings. */
async function hostWake(boot: Boot, tell: (message: FromWorker) => void): Promise<() => void> {
  if (boot.wake === undefined) return () => tell(0)
  const connect = await importFunction(boot.wake.module)
  const rouse: unknown = await connect(boot.wake.data)
  if (typeof rouse !== 'function') throw new Error('the wake module returned no function')
  let hasFailed = false
  return () => {
    try {
      rouse()
      hasFailed = false
    } catch (error) {
      if (!hasFailed) tell({ type: 'failed', failure: 'wake', error: reportError(error) })
      hasFailed = true
      // A host that turns its loop now and then still learns of the results.
      tell(0)
    }
  }
}

async function importFunction(url: string): Promise<(argument: unknown) => unknown> {
  const { default: value } = (await import(url)) as { default: unknown }
  if (typeof value !== 'function') throw new Error(`${url} has no function as its default export`)
  return value as (argument: unknown) => unknown
}
