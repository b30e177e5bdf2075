import { checkRecord } from './record.js'

/** Where things lie in front of the data, in Int32 words: consumer's and producer's lines 128 bytes apart. */
const WORD = { head: 0, tail: 32, data: 64 } as const
const HEADER_BYTES = 8
const PADDING = -1

/**
 * A queue of byte records of any length in shared memory, for one producer and one consumer thread.
 *
 * Records lie contiguous: one that would cross the end leaves padding there and starts again at the front, so both
 * sides work on plain offsets. Positions run freely as 32-bit integers over a power-of-two size. The producer
 * writes as many records as it likes and announces them with one {@link publish}: one atomic store per batch.
 */
export class SpscRing {
  /** Size of the data area in bytes. */
  readonly capacity: number
  /** The largest record, in bytes: half of the ring, so that padding can never keep it out for ever. */
  readonly maxRecord: number
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #headWord: number
  readonly #tailWord: number
  readonly #mask: number
  readonly #data: number
  // The producer's own view.
  #tail: number
  #seenHead: number
  #padding = 0
  // The consumer's own view.
  #head: number
  #seenTail: number
  #length = 0

  /** Bytes of memory that a ring over `capacity` bytes of data needs. `capacity` must be a power of two >= 64. */
  static bytesFor(capacity: number): number {
    return checkedBytes(capacity)
  }

  /**
   * Makes the memory of a ring. `position` is where its free-running positions start (tests of the 32-bit wrap).
   */
  static allocate(capacity: number, position = 0): SharedArrayBuffer {
    const buffer = new SharedArrayBuffer(checkedBytes(capacity))
    const control = new Int32Array(buffer)
    control[WORD.head] = position & -8
    control[WORD.tail] = position & -8
    return buffer
  }

  /**
   * Wraps the memory of a ring, which may be a part of a larger buffer.
   *
   * @throws RangeError when the part is no ring's memory, does not lie in the buffer or begins at no multiple of 4
   */
  constructor(
    readonly buffer: SharedArrayBuffer,
    byteOffset = 0,
    byteLength: number = buffer.byteLength - byteOffset,
  ) {
    this.capacity = byteLength - 4 * WORD.data
    checkedBytes(this.capacity)
    if (byteOffset % 4 !== 0 || byteOffset < 0 || byteOffset + byteLength > buffer.byteLength) {
      throw new RangeError(
        `${byteLength} bytes at ${byteOffset} are no part of the buffer's ${buffer.byteLength} that begins at a multiple of 4`,
      )
    }
    this.maxRecord = this.capacity / 2 - HEADER_BYTES
    this.#mask = this.capacity - 1
    this.#headWord = (byteOffset >> 2) + WORD.head
    this.#tailWord = (byteOffset >> 2) + WORD.tail
    this.#data = byteOffset + 4 * WORD.data
    this.#words = new Int32Array(buffer, 0, buffer.byteLength >> 2)
    this.#bytes = new Uint8Array(buffer)
    this.#head = this.#seenHead = Atomics.load(this.#words, this.#headWord)
    this.#tail = this.#seenTail = Atomics.load(this.#words, this.#tailWord)
  }

  /** True when the consumer has taken everything that was published. */
  get isEmpty(): boolean {
    return Atomics.load(this.#words, this.#tailWord) === Atomics.load(this.#words, this.#headWord)
  }

  /**
   * Producer: finds room to write a record of yet unknown length in place. Returns its byte offset in
   * {@link buffer}, or -1 when fewer than `atLeast` bytes are free in one piece; {@link writable} then says how many
   * bytes may be written there. Nothing is visible until {@link commit} and {@link publish}.
   */
  reserve(atLeast: number): number {
    if (!this.#findRoom(atLeast) && !this.#findNewRoom(atLeast)) return -1
    const offset = this.#padding === 0 ? this.#tail & this.#mask : 0
    return this.#data + offset + HEADER_BYTES
  }

  /** Bytes that the last successful {@link reserve} allows. */
  writable = 0

  /** Producer: ends the record begun by {@link reserve}; `length` bytes were written at its offset. */
  commit(length: number): void {
    if (this.#padding > 0) this.#pad()
    this.#words[(this.#data + (this.#tail & this.#mask)) >> 2] = length
    this.#tail = (this.#tail + HEADER_BYTES + ((length + 7) & -8)) | 0
  }

  /** Producer: makes every committed record visible. */
  publish(): void {
    Atomics.store(this.#words, this.#tailWord, this.#tail)
  }

  /**
   * Producer: copies a record in and publishes it; false when the ring is full.
   * @throws RangeError when the record is longer than {@link maxRecord}; TypeError when it is no Uint8Array or its memory was
   * transferred away.
   */
  tryPush(record: Uint8Array): boolean {
    checkRecord(record, this.maxRecord)
    const offset = this.reserve(record.length)
    if (offset < 0) return false
    this.#bytes.set(record, offset)
    this.commit(record.length)
    this.publish()
    return true
  }

  /** Consumer: the byte offset in {@link buffer} of the oldest record, or -1. Its length is {@link length}. */
  peek(): number {
    for (;;) {
      if (this.#head === this.#seenTail && !this.#seesNew()) return -1
      const offset = this.#data + (this.#head & this.#mask)
      this.#length = this.#words[offset >> 2] as number
      if (this.#length !== PADDING) return offset + HEADER_BYTES
      this.#head = (this.#head + this.capacity - (this.#head & this.#mask)) | 0
    }
  }

  /** Length in bytes of the record that {@link peek} found. */
  get length(): number {
    return this.#length
  }

  /** Consumer: steps over the record that {@link peek} found. Its memory is the producer's after {@link release}. */
  skip(): void {
    this.#head = (this.#head + HEADER_BYTES + ((this.#length + 7) & -8)) | 0
  }

  /** Consumer: gives the memory of every record stepped over back to the producer. */
  release(): void {
    Atomics.store(this.#words, this.#headWord, this.#head)
  }

  /** Consumer: takes the oldest record (a copy), or `undefined`. */
  tryPop(): Uint8Array | undefined {
    const offset = this.peek()
    if (offset < 0) return undefined
    const record = Uint8Array.from(this.#bytes.subarray(offset, offset + this.#length))
    this.skip()
    this.release()
    return record
  }

  #seesNew(): boolean {
    this.#seenTail = Atomics.load(this.#words, this.#tailWord)
    return this.#head !== this.#seenTail
  }

  #findNewRoom(atLeast: number): boolean {
    this.#seenHead = Atomics.load(this.#words, this.#headWord)
    return this.#findRoom(atLeast)
  }

  /** The record begins at the front: what is left behind the tail is none. */
  #pad(): void {
    this.#words[(this.#data + (this.#tail & this.#mask)) >> 2] = PADDING
    this.#tail = (this.#tail + this.#padding) | 0
  }

  /** Room by what is known of the consumer: behind the tail, or else at the front after padding. */
  #findRoom(atLeast: number): boolean {
    const offset = this.#tail & this.#mask
    const toEnd = this.capacity - offset
    const free = this.capacity - ((this.#tail - this.#seenHead) | 0)
    this.#padding = 0
    this.writable = Math.min(toEnd, free) - HEADER_BYTES
    if (this.writable < atLeast && free > toEnd) {
      this.#padding = toEnd
      this.writable = free - toEnd - HEADER_BYTES
    }
    return this.writable >= atLeast
  }
}

function checkedBytes(capacity: number): number {
  if (!Number.isInteger(Math.log2(capacity)) || capacity < 64 || capacity > 2 ** 30) {
    throw new RangeError(`capacity must be a power of two from 64 to 2^30, not ${capacity}`)
  }
  return 4 * WORD.data + capacity
}
