import { TransferListError } from '../lane/transfer-list.js'

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/
const MAX_STEPS = 64

/** Finds which part of `value` cannot be cloned and returns its path, beginning with `path`. */
export function findUnserializable(value: unknown, path: string): string {
  let current = value
  let where = path
  for (let step = 0; step < MAX_STEPS; step++) {
    const guilty = childrenIfAny(current, where).find(([child]) => !isCloneable(child))
    if (guilty === undefined) return where
    const [child, childPath] = guilty
    current = child
    where = childPath
  }
  return where
}

/** Which part of a transfer list was to blame for `error`; `undefined` where it was the value. */
export function findUntransferable(
  error: unknown,
  transfer: readonly unknown[] | undefined,
  value: unknown,
): string | undefined {
  if (error instanceof TransferListError) return error.path
  return transfer !== undefined && isCloneable(value) ? 'transfer' : undefined
}

/** Of a value that cannot even be looked into (a revoked proxy, a trap that throws): none. */
function childrenIfAny(value: unknown, path: string): [child: unknown, path: string][] {
  try {
    return children(value, path)
  } catch {
    return []
  }
}

function children(value: unknown, path: string): [child: unknown, path: string][] {
  if (typeof value !== 'object' || value === null) return []
  if (value instanceof Map) {
    return [...value].flatMap(([key, entry], i): [unknown, string][] => [
      [key, `${path}.keys()[${i}]`],
      [entry, `${path}.get(${describeKey(key)})`],
    ])
  }
  if (value instanceof Set) return [...value].map((entry, i) => [entry, `${path}.values()[${i}]`])
  const found: [unknown, string][] = []
  for (const key of Object.keys(value)) {
    const childPath = IDENTIFIER.test(key)
      ? `${path}.${key}`
      : `${path}[${Array.isArray(value) ? key : JSON.stringify(key)}]`
    try {
      found.push([(value as Record<string, unknown>)[key], childPath])
    } catch {
      // The getter itself throws: it is the culprit, and stands for a value that cannot be cloned.
      found.push([Symbol(key), childPath])
    }
  }
  return found
}

export function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}

function describeKey(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key)
  return typeof key === 'object' && key !== null ? 'an object' : String(key)
}
