/** What is counted of each worker thread, in memory that all threads see. A count has one writer: its thread, or the main one for it. */
export const Count = {
  REQUESTS: 0,
  /** Jobs of the queue that it has done. */
  JOBS: 1,
  /** Loans re-armed, and handed back to be closed. */
  REARMS: 2,
  RETURNED: 3,
  /** Connections that it was given (the main thread counts these) or accepted, and that are closed: it counts them while it runs. */
  OPENED: 4,
  CLOSED: 5,
  /** Bytes that its connections hold and that count against the budget. */
  HELD: 6,
} as const
export type Count = (typeof Count)[keyof typeof Count]

const width = 8

export class Counters {
  readonly #rows: Float64Array

  /** @param memory another thread's, to see the same */
  constructor(threads: number, memory = new SharedArrayBuffer(threads * width * 8)) {
    this.#rows = new Float64Array(memory)
  }

  get memory(): SharedArrayBuffer {
    return this.#rows.buffer as SharedArrayBuffer
  }

  /** One thread's row, indexed by `Count`. */
  row(thread: number): Float64Array {
    return this.#rows.subarray(thread * width, (thread + 1) * width)
  }

  of(thread: number, count: Count): number {
    return this.#rows[thread * width + count] ?? 0
  }

  sum(count: Count): number {
    let sum = 0
    for (let at: number = count; at < this.#rows.length; at += width) sum += this.#rows[at] ?? 0
    return sum
  }

  /** A thread's connections now. */
  open(thread: number): number {
    return this.of(thread, Count.OPENED) - this.of(thread, Count.CLOSED)
  }

  add(thread: number, count: Count, by = 1): void {
    this.#rows[thread * width + count] = this.of(thread, count) + by
  }
}
