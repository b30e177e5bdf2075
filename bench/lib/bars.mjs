// A bar is a promise about a ratio: this much of that peer's cost, at most.

/**
 * @typedef {object} Bar
 * @property {string} what for example `raw / C loop, 64 connections`
 * @property {number} ratio what was measured
 * @property {number} [atMost]
 * @property {number} [atLeast]
 */

/** @param {Bar} bar */
export function holds({ ratio, atMost = Number.POSITIVE_INFINITY, atLeast = 0 }) {
  return ratio <= atMost && ratio >= atLeast
}

/**
 * Prints one line per bar.
 * @param {Bar[]} bars
 * @returns {boolean} whether all of them hold
 */
export function printBars(bars) {
  for (const bar of bars) {
    const bound = bar.atMost === undefined ? `at least ${bar.atLeast}` : `at most ${bar.atMost}`
    console.log(
      `${holds(bar) ? 'holds ' : 'MISSED'}  ${bar.what}: ${bar.ratio.toFixed(2)} (${bound})`,
    )
  }
  return bars.every(holds)
}
