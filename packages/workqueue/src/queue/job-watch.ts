import { clearTimeout, setTimeout } from 'node:timers'
import { now } from '../clock.js'
import { JobAbortedError, type JobPhase, JobTimeoutError } from '../errors.js'
import type { Signals } from '../signals.js'
import { type Job, STAGE } from './job.js'
import type { JobOptions } from './options.js'

const LONGEST_MS = 2 ** 31 - 1

/** Ends a job early; `build` makes its error. */
export type Cancel = (
  job: Job,
  cause: 'aborted' | 'timedOut',
  build: (phase: JobPhase) => Error,
) => void

/**
 * Watches a job's signal, deadline and timeout until it has settled.
 *
 * @param takeIn looks into the lanes. A host that was busy hears of its timers first, and of what has come back only then.
 */
export function watchJob(
  job: Job,
  options: JobOptions,
  signals: Signals,
  cancel: Cancel,
  takeIn: () => void,
): void {
  const { signal, timeout, deadline } = options
  const ends: (() => void)[] = []
  if (signal !== undefined) {
    const onAbort = () =>
      cancel(job, 'aborted', (phase) => new JobAbortedError(job.record, phase, signal.reason))
    ends.push(signals.watch(signal, onAbort))
  }
  if (deadline !== undefined && deadline <= LONGEST_MS) {
    const onDeadline = () => {
      takeIn()
      cancel(
        job,
        'timedOut',
        (phase) => new JobTimeoutError(job.record, 'deadline', deadline, phase),
      )
    }
    const timer = setTimeout(onDeadline, deadline).unref()
    ends.push(() => clearTimeout(timer))
  }
  if (timeout !== undefined && timeout <= LONGEST_MS) {
    ends.push(watchTimeout(job, timeout, cancel, takeIn))
  }
  if (ends.length > 0) {
    job.unwatch = () => {
      for (const end of ends) end()
    }
  }
}

/**
 * The host is not told when a job begins. From its hand-over on, the clock in shared memory is read when the time
 * could be up at the earliest, and again when it could be then.
 */
function watchTimeout(job: Job, timeout: number, cancel: Cancel, takeIn: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const expire = () =>
    cancel(job, 'timedOut', (phase) => new JobTimeoutError(job.record, 'timeout', timeout, phase))
  const look = () => {
    takeIn()
    const lane = job.stage === STAGE.sent ? job.thread?.lane : undefined
    // Done, or back in a backlog: the next hand-over starts the watch again.
    if (lane === undefined) return
    if (!lane.hasBegun(job.cell)) {
      arm(look, timeout)
      return
    }
    const left = timeout - (now() - lane.startedAt(job.cell))
    if (left <= 0) expire()
    else arm(look, left)
  }
  const arm = (callback: () => void, ms: number) => {
    clearTimeout(timer)
    // Rounded up: timers are whole milliseconds, and a job must not lose the fraction.
    timer = setTimeout(callback, Math.ceil(ms)).unref()
  }
  job.onSent = () => arm(look, timeout)
  job.onCallerStart = () => arm(expire, timeout)
  return () => clearTimeout(timer)
}
