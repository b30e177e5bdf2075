import { ensureAvailable } from './availability.js'

/** Options are an object: of a number or a string every option would be taken for one that was left out. @throws {TypeError} */
export function checkOptions(options: unknown, of: string): asserts options is object {
  if (typeof options === 'object' && options !== null) return
  ensureAvailable()
  throw new TypeError(`${of} must be an object`)
}
