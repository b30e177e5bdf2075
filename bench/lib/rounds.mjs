// Paired rounds: everything compared runs once in each round, so that whatever the machine is busy with
// meets all of them alike, and the order moves on by one each round, so that none is always first.

/**
 * The items in the order of one round.
 * @template T
 * @param {T[]} items
 * @param {number} round
 * @returns {T[]}
 */
export function rotated(items, round) {
  const first = round % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}

/**
 * Runs every item in every round, one after the other.
 * @template {{ name: string }} T
 * @template R
 * @param {T[]} items
 * @param {number} rounds
 * @param {(item: T, round: number) => Promise<R>} run
 * @returns {Promise<Map<string, R[]>>} per item, its results in the order of the rounds
 */
export async function runRounds(items, rounds, run) {
  const results = new Map(items.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const item of rotated(items, round)) {
      results.get(item.name).push(await run(item, round))
    }
  }
  return results
}
