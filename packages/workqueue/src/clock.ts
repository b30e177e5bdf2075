const { hrtime } = process

/**
 * Milliseconds of the system's monotonic clock, the same number in every thread. Not `performance.now()`: it begins anew in each
 * thread, and checks its receiver at every call, which a job in cold caches pays for.
 */
export function now(): number {
  const [seconds, nanoseconds] = hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
