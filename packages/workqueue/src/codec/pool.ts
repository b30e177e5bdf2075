import * as threads from 'node:worker_threads'

/** Node 20 has not this one. */
const { isMarkedAsUntransferable } = threads as {
  isMarkedAsUntransferable?: (value: object) => boolean
}
const asked = new WeakMap<object, boolean>()

/**
 * Whether the views of a buffer have nothing to do with each other, as those of Node's own small `Buffer`s. Node marks the
 * memory that it cuts them from as untransferable, and no other.
 */
export function isPool(buffer: ArrayBuffer): boolean {
  if (isMarkedAsUntransferable !== undefined) return isMarkedAsUntransferable(buffer)
  return buffer.byteLength === Buffer.poolSize && isUntransferable(buffer)
}

/** By an offence that Node 20 overlooks where there is nothing to transfer. Dear, so once for each buffer. */
function isUntransferable(buffer: ArrayBuffer): boolean {
  const known = asked.get(buffer)
  if (known !== undefined) return known
  let answer = true
  try {
    structuredClone(null, { transfer: [buffer, buffer] })
  } catch {
    answer = false
  }
  asked.set(buffer, answer)
  return answer
}
