// What a queue costs jobs that keep their cores: about a millisecond each, on four threads, against four threads that do
// the same jobs and need no queue.
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { runRounds } from '../rounds.mjs'
import { median } from '../statistics.mjs'
import { digits } from '../table.mjs'
import { closeAll, costOf, OURS, openAll } from './pools.mjs'

const THREADS = 4
const JOBS = 1000
/** About a millisecond. */
const BURN = 2000
/**
 * Where others use the machine, one round says what is lost no better than to two or three percent. So our queue and the threads
 * without one run in so many times the rounds besides: the median of a hundred is good to a third of a percent.
 */
const TIMES_AS_MANY_OF_OURS = 20
/**
 * Short jobs by the same code, and then whole runs, so that V8 has compiled everything before it is measured: what it
 * compiles meanwhile costs more than any queue. Not as short as those that come back in batches, which take another way.
 * A pool that takes longer for each gets fewer of the short runs, after which there is nothing left to compile either.
 */
const WARM = { runs: 200, burn: 60, mostMs: 6000, wholeRuns: 3 }
const NO_QUEUE = 'no queue'

async function share(workers, burn) {
  await Promise.all(
    workers.map((worker) => {
      worker.postMessage({ job: 'burn', input: burn, count: JOBS / workers.length })
      return new Promise((resolve) => worker.once('message', resolve))
    }),
  )
}

async function warmUp(candidates) {
  const spent = new Map(candidates.map(({ name }) => [name, 0]))
  await runRounds(candidates, WARM.runs, async ({ name, all }) => {
    if (spent.get(name) >= WARM.mostMs) return
    const { wall } = await costOf(() => all(WARM.burn))
    spent.set(name, spent.get(name) + wall)
  })
}

async function measureAll(candidates, rounds) {
  const measure = ({ all }) => costOf(() => all(BURN))
  const costs = await runRounds(candidates, rounds, measure)
  const judged = candidates.filter(({ name }) => name === NO_QUEUE || name === OURS)
  const more = await runRounds(judged, TIMES_AS_MANY_OF_OURS * rounds, measure)
  for (const [name, list] of more) costs.get(name).push(...list)
  return costs
}

export async function cpuBound(options) {
  const workers = Array.from(
    { length: THREADS },
    () => new Worker(new URL('../../peers/pools/raw-worker.mjs', import.meta.url)),
  )
  const opened = await openAll(THREADS)
  const candidates = [
    { name: NO_QUEUE, all: (burn) => share(workers, burn) },
    ...opened.map(({ name, pool }) => ({
      name,
      all: (burn) => Promise.all(Array.from({ length: JOBS }, () => pool.run('burn', burn))),
    })),
  ]
  await warmUp(candidates)
  await runRounds(candidates, WARM.wholeRuns, ({ all }) => all(BURN))
  const costs = await measureAll(candidates, options.rounds)
  await closeAll(opened)
  await Promise.all(workers.map((worker) => worker.terminate()))

  const limit = costs.get(NO_QUEUE)
  const lost = (list, key) => median(list.map((one, i) => 100 * (1 - limit[i][key] / one[key])))
  const ours = costs.get(OURS)
  return {
    about: `${JOBS} jobs of about a millisecond on ${THREADS} threads, ${availableParallelism()} cores: lost to the queue, median of ${options.rounds} paired rounds, ours of ${ours.length}`,
    header: ['pool', 'CPU ms', 'wall ms', 'CPU lost %', 'wall lost %'],
    rows: [...costs].map(([name, list]) => [
      name,
      ...['cpu', 'wall'].map((key) => digits(median(list.map((one) => one[key])))),
      ...['cpu', 'wall'].map((key) => lost(list, key).toFixed(2)),
    ]),
    // On a machine that others load, wall time says nothing and CPU time too much: both must hold.
    bars: ['cpu', 'wall'].map((key) => ({
      what: `CPU-bound jobs, % of ${key} time lost`,
      ratio: lost(ours, key),
      atMost: 2,
    })),
    runs: Object.fromEntries(costs),
  }
}
