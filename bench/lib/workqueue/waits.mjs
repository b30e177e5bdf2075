// How long a job is away, in a closed loop of a hundred clients: each pushes again when it has its answer, so that the
// latency is the one at saturation, of a queue that is never longer than a hundred.
import { runRounds } from '../rounds.mjs'
import { median } from '../statistics.mjs'
import { digits } from '../table.mjs'
import { closeAll, OURS, openAll, throughput } from './pools.mjs'

const CLIENTS = 100
const SHARES = [0.5, 0.99, 0.999]

/** Percentiles of the time from push to result, in microseconds. */
async function latencies(pool, ms) {
  const list = []
  const end = performance.now() + ms
  const client = async () => {
    while (performance.now() < end) {
      const start = performance.now()
      await pool.run('echo', 1)
      list.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  list.sort((a, b) => a - b)
  return SHARES.map((share) => list[Math.floor(list.length * share)] * 1000)
}

export async function waits({ rounds, seconds, warmup }) {
  const opened = await openAll(1)
  for (const { pool } of opened) await throughput(pool, [1], CLIENTS, warmup * 1000)
  const results = await runRounds(opened, rounds, ({ pool }) => latencies(pool, seconds * 1000))
  const { wait } = opened.find(({ name }) => name === OURS).pool.queue.stats()
  await closeAll(opened)
  return {
    about: `${CLIENTS} in flight, one thread: from push to result, medians of ${rounds} rounds of ${seconds} s. Of that, in @rearm/workqueue from push to start, by its own histogram over everything since its start: p50 ${digits(wait.p50 * 1000)} µs, p99 ${digits(wait.p99 * 1000)} µs`,
    header: ['pool', 'p50 µs', 'p99 µs', 'p99.9 µs'],
    rows: [...results].map(([name, list]) => [
      name,
      ...SHARES.map((_, i) => digits(median(list.map((percentiles) => percentiles[i])))),
    ]),
    bars: [],
    runs: Object.fromEntries(results),
  }
}
