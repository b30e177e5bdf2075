import { findUnserializable, findUntransferable } from './unserializable.js'

/** A failure as plain data, for the way to the host. */
export type ErrorReport =
  | { readonly kind: 'error'; readonly error: ErrorImage }
  | { readonly kind: 'thrown'; readonly value: unknown }
  | { readonly kind: 'unknownJob'; readonly name: string }
  | { readonly kind: 'unserializable'; readonly path: string; readonly error: ErrorImage }

/**
 * An Error's parts. `own` holds its own enumerable properties, `code` among them, `inner` those that are errors themselves.
 * One error has one image.
 */
export interface ErrorImage {
  /** The built-in class that its own one is or extends. */
  readonly base: string
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly own: Record<string, unknown>
  readonly inner: Record<string, ErrorReport>
  cause: ErrorReport | undefined
  /** Of an AggregateError. */
  errors: ErrorReport[] | undefined
}

type Images = Map<Error, ErrorImage>

/** An error's causes, the errors that it consists of and those among its properties are described down to this depth. */
const MAX_DEPTH = 8
/** Properties that an image carries apart. */
const INHERENT = new Set(['name', 'message', 'stack', 'cause'])
const BUILT_IN = new Set([
  'AggregateError',
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
])

export function reportError(error: unknown): ErrorReport {
  try {
    return describe(error, 0, new Map())
  } catch (hostile) {
    // A getter of the error threw: say at least that.
    return describe(
      new Error(`an error that cannot be described: ${textOf(hostile)}`),
      0,
      new Map(),
    )
  }
}

export function reportUnknownJob(name: string): ErrorReport {
  return { kind: 'unknownJob', name }
}

export function reportUnserializable(
  path: string,
  value: unknown,
  transfer: readonly unknown[] | undefined,
  error: unknown,
): ErrorReport {
  const inList = findUntransferable(error, transfer, value)
  return {
    kind: 'unserializable',
    path: inList === undefined ? findUnserializable(value, path) : `${inList} of ${path}`,
    error: imageOf(errorOf(error), 0, new Map()),
  }
}

/** What was thrown, as an error: a getter may throw anything. */
function errorOf(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(textOf(thrown))
}

function describe(error: unknown, depth: number, images: Images): ErrorReport {
  if (isError(error)) return { kind: 'error', error: imageOf(error, depth, images) }
  return { kind: 'thrown', value: sendable(error) }
}

/** One that cannot be looked at does not take the rest of the error along. */
function describeInner(error: Error, depth: number, images: Images): ErrorReport {
  try {
    return describe(error, depth, images)
  } catch {
    return { kind: 'thrown', value: sendable(error) }
  }
}

function imageOf(error: Error, depth: number, images: Images): ErrorImage {
  const known = images.get(error)
  if (known !== undefined) return known
  const base = baseOf(error)
  const errors = base === 'AggregateError' ? listOf((error as AggregateError).errors) : undefined
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  // A class may define its code on the prototype.
  const own: Record<string, unknown> = code === undefined ? {} : { code: sendable(code) }
  const inner: [string, Error][] = []
  for (const [key, value] of Object.entries(error)) {
    if (INHERENT.has(key) || (key === 'errors' && errors !== undefined)) continue
    if (isError(value) && depth < MAX_DEPTH) inner.push([key, value])
    else own[key] = sendable(value)
  }
  const image: ErrorImage = {
    base,
    name: nameOf(error),
    message: textOf(error.message),
    stack: typeof error.stack === 'string' ? error.stack : undefined,
    own,
    inner: {},
    cause: undefined,
    errors: undefined,
  }
  // Before what is in it: it may be in itself.
  images.set(error, image)
  if (depth >= MAX_DEPTH) return image
  for (const [key, one] of inner) image.inner[key] = describeInner(one, depth + 1, images)
  if (cause !== undefined) image.cause = describe(cause, depth + 1, images)
  image.errors = errors?.map((one) => describe(one, depth + 1, images))
  return image
}

function listOf(value: unknown): unknown[] | undefined {
  return Array.isArray(value) ? value : undefined
}

function baseOf(error: Error): string {
  for (let at: unknown = error; at !== null; at = Object.getPrototypeOf(at)) {
    const name = classOf(at as object)
    if (BUILT_IN.has(name)) return name
  }
  return 'Error'
}

/** The name that the error or its class was given; the name of its class where it would be that of one above. */
function nameOf(error: Error): string {
  let holder: object | null = error
  while (holder !== null && !Object.hasOwn(holder, 'name')) holder = Object.getPrototypeOf(holder)
  const name = textOf(error.name)
  if (holder === null || holder === error || classOf(holder) !== name) return name
  return classOf(error) || name
}

function classOf(value: object): string {
  const name: unknown = value.constructor?.name
  return typeof name === 'string' ? name : ''
}

/** By shape, not by class: the error may come from another realm. A proxy that refuses to be looked at is none. */
function isError(value: unknown): value is Error {
  if (typeof value !== 'object' || value === null) return false
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]'
  } catch {
    return false
  }
}

/** The value itself if it can cross, else its description. */
function sendable(value: unknown): unknown {
  if (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol') {
    return value
  }
  try {
    return structuredClone(value)
  } catch {
    return textOf(value)
  }
}

/** Whatever the value is: it may have no prototype, or a `toString` that throws. */
function textOf(value: unknown): string {
  try {
    return String(value)
  } catch {
    return 'something that cannot be described'
  }
}
