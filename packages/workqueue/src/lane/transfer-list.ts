import type { Transferable } from 'node:worker_threads'
import { isDetached } from '../codec/detached.js'
import { isSlab } from '../codec/slab.js'

/** A list of what is to be transferred is wrong in itself. `path` names the list or its entry. */
export class TransferListError extends TypeError {
  constructor(
    readonly path: string,
    fault: string,
  ) {
    super(`${path} ${fault}`)
  }
}

/**
 * What is left to transfer when received byte arrays are copied, as they must be: they share their memory.
 *
 * @throws TransferListError for what Node refuses, or overlooks in some of its versions
 */
export function transferable(list: readonly Transferable[]): Transferable[] {
  if (!Array.isArray(list)) throw new TransferListError('transfer', 'must be an array')
  const left = new Set<Transferable>()
  for (const [i, entry] of list.entries()) {
    if (typeof entry !== 'object' || entry === null) {
      throw new TransferListError(`transfer[${i}]`, 'cannot be transferred')
    }
    if (isSlab(entry)) continue
    if (left.has(entry)) throw new TransferListError(`transfer[${i}]`, 'is in the list already')
    if (entry instanceof ArrayBuffer && isDetached(entry)) {
      throw new TransferListError(`transfer[${i}]`, 'is detached')
    }
    left.add(entry)
  }
  return [...left]
}
