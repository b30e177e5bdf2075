const { hrtime } = process

/**
 * Milliseconds of the system's monotonic clock, the same number in every thread. Not `performance.now()`: it begins anew in each
 * thread, and checks its receiver at every call, which a job in cold caches pays for.
 */
export function now(): number {
  // Not taken apart by a pattern, which makes an iterator: this is called for every job.
  const time = hrtime()
  return time[0] * 1000 + time[1] / 1e6
}
