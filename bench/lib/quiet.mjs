// Other programs on the machine disturb a run: they take the core away, and leave its caches cold. The kernel
// says how long the measured process was ready to run and had to wait (`waited`, a share of the time).

/** Above this share a run counts as disturbed. */
const DISTURBED = 0.03

/**
 * Runs `run` until it was not disturbed, `attempts` times at most; the least disturbed run is what counts.
 * Which one that is does not depend on what was measured.
 * @template {{ waited: number }} R
 * @param {number} attempts
 * @param {() => Promise<R>} run
 * @returns {Promise<R>}
 */
export async function leastDisturbed(attempts, run) {
  let best
  for (let attempt = 0; attempt < attempts; attempt++) {
    const result = await run()
    if (best === undefined || result.waited < best.waited) best = result
    if (best.waited <= DISTURBED) break
  }
  return best
}

/**
 * Says so when the machine was too busy for the figures to be quoted.
 * @param {{ waited: number }[]} runs
 */
export function printDisturbance(runs) {
  const disturbed = runs.filter(({ waited }) => waited > DISTURBED)
  if (disturbed.length === 0) return
  const worst = Math.max(...disturbed.map(({ waited }) => waited))
  console.log(
    `BUSY MACHINE: in ${disturbed.length} of ${runs.length} runs the measured process waited for its core ` +
      `(up to ${(worst * 100).toFixed(0)} % of the time); run again when it is quiet.\n`,
  )
}
