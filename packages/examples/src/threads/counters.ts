/** What each worker thread counts, in memory that the main thread reads. Only the worker writes its row. */
export const Count = {
  REQUESTS: 0,
  /** Turns that its connections had. */
  TURNS: 1,
  REARMS: 2,
  /** Loans that were handed back, to be closed. */
  RETURNED: 3,
} as const
export type Count = (typeof Count)[keyof typeof Count]

const width = 8

export class Counters {
  readonly #rows: Float64Array

  /** @param memory what `share` of another thread's gave */
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
}
