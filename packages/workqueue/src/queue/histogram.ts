/** A summary of recorded durations, in milliseconds. Percentiles are upper bounds, at most 7 % above the truth. */
export interface HistogramSummary {
  readonly count: number
  readonly mean: number
  readonly max: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
}

const STEPS = 16
const SIZE = 32 * STEPS

/** Counts durations in buckets whose width grows with the value: 16 to each doubling. */
export class Histogram {
  readonly #buckets = new Float64Array(SIZE)
  #count = 0
  #sum = 0
  #max = 0

  /** @param us a duration in microseconds. */
  record(us: number): void {
    const value = us > 0 ? Math.min(us, 2 ** 31 - 1) | 0 : 0
    const bucket = bucketOf(value)
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1
    this.#count++
    this.#sum += us
    if (us > this.#max) this.#max = us
  }

  summary(): HistogramSummary {
    const count = this.#count
    return {
      count,
      mean: count === 0 ? 0 : this.#sum / count / 1000,
      max: this.#max / 1000,
      p50: this.#percentile(0.5),
      p90: this.#percentile(0.9),
      p99: this.#percentile(0.99),
      p999: this.#percentile(0.999),
    }
  }

  #percentile(share: number): number {
    let left = Math.ceil(this.#count * share)
    if (left === 0) return 0
    for (let i = 0; i < SIZE; i++) {
      left -= this.#buckets[i] as number
      if (left <= 0) return Math.min(upperBound(i), this.#max) / 1000
    }
    return this.#max / 1000
  }
}

function bucketOf(value: number): number {
  if (value < STEPS) return value
  const shift = 27 - Math.clz32(value)
  return shift * STEPS + (value >> shift)
}

function upperBound(bucket: number): number {
  if (bucket < 2 * STEPS) return bucket
  const shift = Math.floor(bucket / STEPS) - 1
  return (bucket - shift * STEPS + 1) * 2 ** shift - 1
}
