import { performance } from 'node:perf_hooks'

/**
 * Milliseconds of the system's monotonic clock, the same number in every thread: `performance.now()` starts at
 * another moment in each thread, so its distance to the system clock is measured once.
 */
const offset = Number(process.hrtime.bigint()) / 1e6 - performance.now()

export function now(): number {
  return performance.now() + offset
}
