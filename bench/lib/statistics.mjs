// The few statistics that the tables show.

/** @param {number[]} values */
export function median(values) {
  if (values.length === 0) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * The ratios of two series, round by round: what both met in a round cancels out.
 * @param {number[]} values
 * @param {number[]} bases
 */
export function ratios(values, bases) {
  return values.map((value, index) => value / bases[index])
}

/**
 * Smallest and largest.
 * @param {number[]} values
 */
export function range(values) {
  return { least: Math.min(...values), most: Math.max(...values) }
}
