// What handing a job over and taking its result back costs: jobs that do nothing, by one thread.
import { runRounds } from '../rounds.mjs'
import { median, ratios } from '../statistics.mjs'
import { digits } from '../table.mjs'
import { closeAll, OURS, openAll, PISCINA, throughput } from './pools.mjs'

const numbers = Array.from({ length: 1000 }, (_, i) => i)
const loads = {
  integers: { title: 'integers, 1,000 in flight', inputs: numbers, inFlight: 1000, atLeast: 20 },
  bytes: {
    title: '1 KiB of bytes in and out, 1,000 in flight',
    inputs: numbers.map((i) => new Uint8Array(1024).fill(i)),
    inFlight: 1000,
    atLeast: 8,
  },
  objects: {
    title: 'small objects in and out, 1,000 in flight',
    inputs: numbers.map((i) => ({
      id: i,
      name: `item ${i}`,
      tags: ['red', 'green', 'blue'],
      x: i * 1.5 + 0.25,
    })),
    inFlight: 1000,
    atLeast: 4,
  },
  single: { title: 'integers, 1 in flight', inputs: numbers, inFlight: 1, atLeast: 1.4 },
}

async function handOff({ title, inputs, inFlight, atLeast }, { rounds, seconds, warmup }) {
  const opened = await openAll(1)
  for (const { pool } of opened) await throughput(pool, inputs, inFlight, warmup * 1000)
  const rates = await runRounds(opened, rounds, ({ pool }) =>
    throughput(pool, inputs, inFlight, seconds * 1000),
  )
  await closeAll(opened)
  const ours = rates.get(OURS)
  const piscina = PISCINA.map((name) => rates.get(name))
  // Against its better setting in each round.
  const best = ours.map((_, round) => Math.max(...piscina.map((list) => list[round])))
  return {
    about: `${title}: one thread, medians of ${rounds} rounds of ${seconds} s; the last column is the median of the ratios round by round`,
    header: ['pool', 'jobs/s', 'µs/job', '@rearm is faster by'],
    rows: [...rates].map(([name, list]) => [
      name,
      digits(median(list)),
      digits(1e6 / median(list)),
      digits(median(ratios(ours, list))),
    ]),
    bars: [
      { what: `${title}: @rearm / piscina's best`, ratio: median(ratios(ours, best)), atLeast },
    ],
    runs: Object.fromEntries(rates),
  }
}

/** One part for each kind of job. */
export const handOffs = Object.entries(loads).map(([name, load]) => ({
  name,
  measure: (options) => handOff(load, options),
}))
