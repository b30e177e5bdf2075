import { findUnserializable } from './unserializable.js'

/** A failure as plain data, for the way to the host. */
export type ErrorReport =
  | { readonly kind: 'error'; readonly error: ErrorImage }
  | { readonly kind: 'thrown'; readonly value: unknown }
  | { readonly kind: 'unknownJob'; readonly name: string }
  | { readonly kind: 'unserializable'; readonly path: string; readonly error: ErrorImage }

/** An Error's parts. `own` holds its own enumerable properties, `code` among them. */
export interface ErrorImage {
  readonly className: string
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly own: Record<string, unknown>
  readonly cause: ErrorReport | undefined
  readonly errors: ErrorReport[] | undefined
}

const MAX_CAUSES = 8
/** Properties that an image carries apart. */
const INHERENT = new Set(['name', 'message', 'stack', 'cause', 'errors'])

export function reportError(error: unknown): ErrorReport {
  try {
    return describe(error, 0)
  } catch (hostile) {
    // A getter of the error threw: say at least that.
    return describe(new Error(`an error that cannot be described: ${String(hostile)}`), 0)
  }
}

export function reportUnknownJob(name: string): ErrorReport {
  return { kind: 'unknownJob', name }
}

export function reportUnserializable(path: string, value: unknown, error: unknown): ErrorReport {
  return {
    kind: 'unserializable',
    path: findUnserializable(value, path),
    error: imageOf(errorOf(error), 0),
  }
}

/** What was thrown, as an error: a getter may throw anything. */
function errorOf(thrown: unknown): Error {
  try {
    return isError(thrown) ? thrown : new Error(String(thrown))
  } catch {
    return new Error('something that cannot be described was thrown')
  }
}

function describe(error: unknown, depth: number): ErrorReport {
  if (isError(error)) return { kind: 'error', error: imageOf(error, depth) }
  return { kind: 'thrown', value: sendable(error) }
}

function imageOf(error: Error, depth: number): ErrorImage {
  const { code } = error as { code?: unknown }
  // A class may define its code on the prototype.
  const own: Record<string, unknown> = code === undefined ? {} : { code: sendable(code) }
  for (const [key, value] of Object.entries(error)) {
    if (!INHERENT.has(key)) own[key] = sendable(value)
  }
  const errors = (error as AggregateError).errors as unknown
  const deeper = depth < MAX_CAUSES
  return {
    className: error.constructor?.name ?? 'Error',
    name: String(error.name),
    message: String(error.message),
    stack: typeof error.stack === 'string' ? error.stack : undefined,
    own,
    cause: deeper && error.cause !== undefined ? describe(error.cause, depth + 1) : undefined,
    errors:
      deeper && Array.isArray(errors) ? errors.map((one) => describe(one, depth + 1)) : undefined,
  }
}

/** By shape, not by class: the error may come from another realm. */
function isError(value: unknown): value is Error {
  return (
    value instanceof Error ||
    (typeof value === 'object' &&
      value !== null &&
      Object.prototype.toString.call(value) === '[object Error]')
  )
}

/** The value itself if it can cross, else its description. */
function sendable(value: unknown): unknown {
  if (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol') {
    return value
  }
  try {
    return structuredClone(value)
  } catch {
    return String(value)
  }
}
