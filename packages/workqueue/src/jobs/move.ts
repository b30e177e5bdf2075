import type { Transferable } from 'node:worker_threads'

/** A result whose buffers are transferred to the host instead of copied. Made by {@link move}. */
export class Moved<T> {
  constructor(
    readonly value: T,
    readonly transfer: readonly Transferable[],
  ) {}
}

/**
 * Returned from a job: `return move(image, [image.buffer])` hands the buffers over without a copy. The caller gets
 * `value` itself.
 */
export function move<T>(value: T, transfer: readonly Transferable[]): Moved<T> {
  return new Moved(value, transfer)
}
