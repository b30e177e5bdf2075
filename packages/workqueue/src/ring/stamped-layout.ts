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

/** Refuses memory that is shorter than its own header says. */
export function checkMemory(buffer: SharedArrayBuffer, capacity: number, slotBytes: number): void {
  const bytes = bytesFor(capacity, slotBytes)
  if (slotBytes >= 1 && buffer.byteLength >= bytes) return
  throw new RangeError(`a ring of ${capacity} slots needs ${bytes} bytes, not ${buffer.byteLength}`)
}

function bytesFor(capacity: number, slotBytes: number): number {
  return 4 * (WORD.slots + capacity * slotWords(slotBytes))
}

export interface StampedRingOptions {
  /** How many records the ring holds, exactly: 1 to 1048576. */
  readonly capacity: number
  /** The largest record, in bytes. */
  readonly slotBytes: number
  /** How many laps the ring pretends to have run already (tests of the 32-bit wrap). */
  readonly laps?: number
}

/** The memory of an empty ring. */
export function allocateStamped({
  capacity,
  slotBytes,
  laps = 0,
}: StampedRingOptions): SharedArrayBuffer {
  checkedCapacity(capacity)
  if (!Number.isInteger(slotBytes) || slotBytes < 1 || slotBytes > 2 ** 24) {
    throw new RangeError(`slotBytes must be an integer from 1 to 16777216, not ${slotBytes}`)
  }
  const stride = slotWords(slotBytes)
  const words = new Int32Array(new SharedArrayBuffer(bytesFor(capacity, slotBytes)))
  const start = Math.imul(laps, 2 * closedBit(capacity))
  words[WORD.capacity] = capacity
  words[WORD.slotBytes] = slotBytes
  words[WORD.head] = start
  words[WORD.tail] = start
  for (let i = 0; i < capacity; i++) {
    words[WORD.slots + i * stride + SLOT.stamp] = (start + i) | 0
  }
  return words.buffer as SharedArrayBuffer
}
