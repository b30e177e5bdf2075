import { setTimeout as sleep } from 'node:timers/promises'
import { Dialogue } from './dialogue.mjs'
import { Random } from './random.mjs'

/** The number of a kind, so that the same client of two kinds does not do the same. */
const kinds = ['fast', 'slow', 'pipelining', 'aborting', 'unreading']

/**
 * One client: connects, holds conversations of its kind, and comes back when a conversation is over, until the run is.
 * @param {import('./run.mjs').Run} run
 * @param {string} kind
 * @param {number} index among its kind
 * @param {(dialogue: Dialogue, random: Random, run: import('./run.mjs').Run) => Promise<void>} converse
 */
export async function runClient(run, kind, index, converse) {
  const random = new Random(run.seed, kinds.indexOf(kind), index)
  // Not all in the same millisecond.
  await sleep(random.whole(0, 500))
  for (let connection = 1; !run.isOver; connection++) {
    const dialogue = new Dialogue(run, kind, `${kind}-${index}.${connection}`, random)
    if (await dialogue.connect()) await converse(dialogue, random, run)
    if (!dialogue.isClosed) await leave(dialogue, random)
    await sleep(random.whole(1, 50))
  }
}

/** In one of the ways in which clients leave. */
async function leave(dialogue, random) {
  const way = random.whole(1, 3)
  if (way === 1) await dialogue.quit()
  else await dialogue.end()
}
