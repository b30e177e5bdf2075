import { setupOf } from './define-jobs.js'
import type { Jobs } from './types.js'

/**
 * Imports a job module and returns its jobs: the default export, also where an interop layer wrapped it.
 * Throws what the module throws, and an Error when there are no jobs.
 */
export async function loadJobs(url: string): Promise<Jobs> {
  let candidate: unknown = await import(url)
  for (let depth = 0; depth < 3 && typeof candidate === 'object' && candidate !== null; depth++) {
    if (setupOf(candidate) !== undefined) return candidate as Jobs
    candidate = (candidate as { default?: unknown }).default
  }
  throw new Error('the default export of a job module must come from defineJobs()')
}
