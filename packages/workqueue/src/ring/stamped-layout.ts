import { EventCount } from './event-count.js'

/** Where things lie in the memory of a {@link StampedRing}; every index counts Int32 words. */
export const WORD = {
  capacity: 0,
  slotBytes: 1,
  notEmpty: 4,
  notFull: 4 + EventCount.WORDS,
  // Head and tail are written by different threads: 128 bytes apart, so that no cache line carries both.
  head: 32,
  tail: 64,
  slots: 96,
} as const

/** Where things lie in one slot, in words from its start. The payload begins at `payload`. */
export const SLOT = { stamp: 0, owner: 1, length: 2, payload: 4 } as const

/** The length of a record that was claimed by a thread which died before it wrote it. */
export const HOLE = -1

export function slotWords(slotBytes: number): number {
  return SLOT.payload + 2 * Math.ceil(slotBytes / 8)
}

/**
 * The bit of the tail that says "closed": the smallest power of two above `capacity`. Below it lies the index,
 * above it the lap. In the tail, so that no push can claim a position after the close.
 */
export function closedBit(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(capacity + 1))
}

export function checkedCapacity(capacity: number): number {
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > 2 ** 20) {
    throw new RangeError(`capacity must be an integer from 1 to 1048576, not ${capacity}`)
  }
  return capacity
}
