// What is measured once: nothing to do, where chance has no say, and the long run that comparisons of thread pools use.
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { digits } from '../table.mjs'
import { costOf, names, OURS, pools } from './pools.mjs'

/** Long, as the measuring process's own waking up takes up to a millisecond. */
const IDLE_MS = 4000
/** V8 collects what a start has left behind some seconds later, once; a thread that spins does so in each window. */
const WINDOWS = 3
/** What a start leaves to do (compiling, collecting) is over by then. */
const SETTLE_MS = 2000

export async function idle() {
  const percents = new Map()
  for (const name of names) {
    const pool = await pools[name](2)
    await Promise.all([pool.run('echo', 1), pool.run('echo', 2)])
    await sleep(SETTLE_MS)
    let least = 100
    for (let i = 0; i < WINDOWS; i++) {
      const { cpu, wall } = await costOf(() => sleep(IDLE_MS))
      least = Math.min(least, (100 * cpu) / wall)
    }
    percents.set(name, least)
    await pool.close()
  }
  return {
    about: `two idle threads, the least of ${WINDOWS} windows of ${IDLE_MS / 1000} s`,
    header: ['pool', 'CPU %'],
    rows: [...percents].map(([name, percent]) => [name, percent.toFixed(2)]),
    bars: [{ what: 'idle: % of CPU', ratio: percents.get(OURS), atMost: 0.1 }],
    runs: Object.fromEntries(percents),
  }
}

/** All promises at once, one thread per core. */
export async function factorial({ factorials }) {
  const threads = availableParallelism()
  const costs = new Map()
  for (const name of names) {
    const pool = await pools[name](threads)
    await pool.run('factorial', 1000)
    const all = () =>
      Promise.all(Array.from({ length: factorials }, () => pool.run('factorial', 1000)))
    costs.set(name, await costOf(all))
    await pool.close()
  }
  return {
    about: `${digits(factorials)} × factorial(1000), ${threads} threads, a single run`,
    header: ['pool', 'wall s', 'CPU s'],
    rows: [...costs].map(([name, { cpu, wall }]) => [
      name,
      digits(wall / 1000),
      digits(cpu / 1000),
    ]),
    bars: [],
    runs: Object.fromEntries(costs),
  }
}
