import type { Job } from './job.js'

/** A result may wait for one part in so many of the time that its job has waited. */
const PARTS = 4
const MOST_MS = 20

/**
 * For how many milliseconds a job's result may wait for others, if the job waits `waitMs` until it begins. Waking the host
 * takes a core from a job where all are busy, so that a long queue is served faster if it is woken rarely; who has waited for
 * long hardly notices.
 */
export function patienceOf(job: Job, waitMs: number): number {
  if (job.priority > 0) return 0
  return Math.min(MOST_MS, Math.floor(waitMs / PARTS))
}
