import { setTimeout } from 'node:timers'
import { type Job, STAGE } from './job.js'

const LONGEST_MS = 2 ** 31 - 1

/**
 * Tells a running job that it is aborted; its thread is ended if it does not listen within `grace` milliseconds.
 *
 * @param takeIn looks into the lanes: the job may have ended while this host was busy, and another be in its thread.
 */
export function interrupt(job: Job, grace: number, takeIn: () => void): void {
  const { thread, cell } = job
  const lane = thread?.lane
  if (thread === undefined || lane === undefined) return
  lane.abort(cell)
  thread.announceAbort(cell)
  if (grace > LONGEST_MS) return
  const kill = () => {
    takeIn()
    if (job.stage === STAGE.sent && thread.lane === lane) thread.kill()
  }
  setTimeout(kill, grace).unref()
}
