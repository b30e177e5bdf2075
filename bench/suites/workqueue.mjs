// The hand-off's cost, next to the pools that people use. `npm run bench -- workqueue [--rounds 5] [--seconds 1]
// [--only integers|bytes|objects|single|waits|idle|cpu|start|factorial]`. Every figure is the median of rounds in which
// each pool had its turn.
import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { pools } from '../peers/pools/index.mjs'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    only: { type: 'string' },
    factorials: { type: 'string', default: '100000' },
  },
})
const ROUNDS = Number(options.rounds)
const MS = Number(options.seconds) * 1000
const OURS = '@rearm/workqueue'
const BEST = 'piscina, best'
const names = Object.keys(pools)
const failed = []

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1]
const thousands = (n) => Math.round(n).toLocaleString('en-US')

function table(title, header, rows) {
  const widths = header.map((_, i) =>
    Math.max(...[header, ...rows].map((row) => String(row[i]).length)),
  )
  console.log(`\n${title}`)
  for (const row of [header, ...rows]) {
    console.log(
      row
        .map((cell, i) => (i ? String(cell).padStart(widths[i]) : cell.padEnd(widths[i])))
        .join('  '),
    )
  }
}

function bar(what, value, wanted, ok) {
  console.log(`${ok ? 'ok  ' : 'MISS'} ${what}: ${value} (wanted ${wanted})`)
  if (!ok) failed.push(what)
}

/** Pools of `threads`, warm, in the order of their names. A pool that does not come up is left out, and said so. */
async function open(threads) {
  const opened = new Map()
  for (const name of names) {
    try {
      const pool = await pools[name](threads)
      await Promise.race([
        pool.run('echo', 1),
        sleep(10_000, undefined, { ref: false }).then(() => {
          throw new Error('no answer in 10 s')
        }),
      ])
      opened.set(name, pool)
    } catch (error) {
      console.log(`${name} does not run here: ${error.message}`)
    }
  }
  return opened
}

/** Jobs per second with `inFlight` jobs always under way, for MS milliseconds. */
async function throughput(pool, inputs, inFlight, ms = MS) {
  let done = 0
  // A flag and not the clock: reading it costs a tenth of the fastest hand-off.
  let isOver = false
  setTimeout(() => {
    isOver = true
  }, ms)
  const start = performance.now()
  const client = async (i) => {
    while (!isOver) {
      await pool.run('echo', inputs[i % inputs.length])
      done++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, (_, i) => client(i)))
  return done / ((performance.now() - start) / 1000)
}

async function rounds(opened, measure) {
  const results = new Map([...opened.keys()].map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    const order = [...opened]
    // Another pool begins each round.
    for (let i = 0; i < round % order.length; i++) order.push(order.shift())
    for (const [name, pool] of order) results.get(name).push(await measure(pool))
  }
  return results
}

const numbers = Array.from({ length: 1000 }, (_, i) => i)
const loads = {
  integers: { title: 'integers, 1,000 in flight', inputs: numbers, inFlight: 1000, wanted: 20 },
  bytes: {
    title: '1 KiB of bytes in and out, 1,000 in flight',
    inputs: numbers.map((i) => new Uint8Array(1024).fill(i)),
    inFlight: 1000,
    wanted: 8,
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
    wanted: 4,
  },
  single: { title: 'integers, 1 in flight', inputs: numbers, inFlight: 1, wanted: 1.4 },
}

async function handOff({ title, inputs, inFlight, wanted }) {
  const opened = await open(1)
  for (const pool of opened.values()) await throughput(pool, inputs, inFlight, MS / 2)
  const results = await rounds(opened, (pool) => throughput(pool, inputs, inFlight))
  const ours = results.get(OURS)
  table(
    `${title}: jobs per second, one thread, medians of ${ROUNDS}`,
    ['pool', 'jobs/s', 'us/job', '@rearm is faster by (median of paired rounds)'],
    [...results].map(([name, rates]) => [
      name,
      thousands(median(rates)),
      (1e6 / median(rates)).toFixed(2),
      median(rates.map((rate, i) => ours[i] / rate)).toFixed(2),
    ]),
  )
  // Against piscina's better setting in each round.
  const both = [results.get(BEST), results.get('piscina, default')]
  const ratio = median(ours.map((rate, i) => rate / Math.max(...both.map((rates) => rates[i]))))
  bar(title, `${ratio.toFixed(2)} x piscina's best`, `>= ${wanted}`, ratio >= wanted)
  await Promise.all([...opened.values()].map((pool) => pool.close()))
}

/** Latency from push to result at a tenth of what each pool can do, and memory afterwards. */
async function waits() {
  const rows = []
  for (const name of names) {
    const before = process.memoryUsage.rss()
    const pool = await pools[name](1)
    await throughput(pool, numbers, 100, MS / 2)
    const latencies = []
    const end = performance.now() + MS
    const client = async () => {
      while (performance.now() < end) {
        const start = performance.now()
        await pool.run('echo', 1)
        latencies.push(performance.now() - start)
      }
    }
    await Promise.all(Array.from({ length: 100 }, client))
    latencies.sort((a, b) => a - b)
    const at = (share) => (latencies[Math.floor(latencies.length * share)] * 1000).toFixed(0)
    const rss = (process.memoryUsage.rss() - before) / 2 ** 20
    rows.push([name, at(0.5), at(0.99), at(0.999), rss.toFixed(1)])
    if (name === OURS) {
      const { wait } = pool.queue.stats()
      console.log(
        `\nour own histogram, push to start: p50 ${(wait.p50 * 1000).toFixed(0)} us, p99 ${(wait.p99 * 1000).toFixed(0)} us`,
      )
    }
    await pool.close()
  }
  table(
    '100 in flight: push to result',
    ['pool', 'p50 us', 'p99 us', 'p99.9 us', 'rss + MiB'],
    rows,
  )
}

async function idle() {
  const rows = []
  for (const name of names) {
    const pool = await pools[name](2)
    await Promise.all([pool.run('echo', 1), pool.run('echo', 2)])
    await sleep(500)
    const before = process.cpuUsage()
    await sleep(2000)
    const { user, system } = process.cpuUsage(before)
    const percent = (user + system) / 20_000
    rows.push([name, percent.toFixed(2)])
    if (name === OURS)
      bar('idle CPU of two threads', `${percent.toFixed(2)} %`, '0.0', percent < 0.1)
    await pool.close()
  }
  table('idle for 2 s', ['pool', 'CPU %'], rows)
}

const JOBS = 1000
/** About a millisecond. */
const BURN = 2000
/**
 * Short jobs by the same code, and then whole runs, so that V8 has compiled everything before it is measured: what it compiles
 * meanwhile costs more than any queue. Not as short as those that come back in batches, which take another way.
 */
const WARM = { runs: 200, burn: 60, wholeRuns: 3 }

async function rawShare(workers, burn = BURN) {
  await Promise.all(
    workers.map((worker) => {
      worker.postMessage({ job: 'burn', input: burn, count: JOBS / workers.length })
      return new Promise((resolve) => worker.once('message', resolve))
    }),
  )
}

async function cpuOf(action) {
  const before = process.cpuUsage()
  const start = performance.now()
  await action()
  const { user, system } = process.cpuUsage(before)
  return { cpu: (user + system) / 1000, wall: performance.now() - start }
}

/** CPU-bound jobs of about a millisecond each on four threads, against four threads that need no queue. */
async function cpuBound() {
  const threads = 4
  const raw = Array.from(
    { length: threads },
    () => new Worker(new URL('../peers/pools/raw-worker.mjs', import.meta.url)),
  )
  const opened = await open(threads)
  const all = (pool, burn = BURN) =>
    Promise.all(Array.from({ length: JOBS }, () => pool.run('burn', burn)))
  for (let run = 0; run < WARM.runs; run++) {
    await rawShare(raw, WARM.burn)
    for (const pool of opened.values()) await all(pool, WARM.burn)
  }
  for (let run = 0; run < WARM.wholeRuns; run++) {
    await rawShare(raw)
    for (const pool of opened.values()) await all(pool)
  }
  const limit = []
  const results = new Map([...opened.keys()].map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    limit.push(await cpuOf(() => rawShare(raw)))
    for (const [name, pool] of opened) results.get(name).push(await cpuOf(() => all(pool)))
  }
  const loss = (list, key) => median(list.map((one, i) => 100 * (1 - limit[i][key] / one[key])))
  table(
    `${JOBS} jobs of about a millisecond on ${threads} threads, ${availableParallelism()} cores: lost to the queue`,
    ['pool', 'CPU ms', 'wall ms', 'CPU lost %', 'wall lost %'],
    [['no queue', limit], ...results].map(([name, list]) => [
      name,
      thousands(median(list.map(({ cpu }) => cpu))),
      thousands(median(list.map(({ wall }) => wall))),
      loss(list, 'cpu').toFixed(2),
      loss(list, 'wall').toFixed(2),
    ]),
  )
  // On a machine that others load, wall time says nothing and CPU time too much: both must hold.
  const cpu = loss(results.get(OURS), 'cpu')
  const wall = loss(results.get(OURS), 'wall')
  const lost = `${cpu.toFixed(2)} % of CPU time, ${wall.toFixed(2)} % of wall time lost`
  bar('CPU-bound jobs on 4 threads', lost, '<= 2 %', cpu <= 2 && wall <= 2)
  await Promise.all([...opened.values()].map((pool) => pool.close()))
  await Promise.all(raw.map((worker) => worker.terminate()))
}

/** Each in a process of its own: the first pool of a process pays for what the next ones find loaded. */
function startUp() {
  const child = fileURLToPath(new URL('../peers/pools/start-child.mjs', import.meta.url))
  const results = new Map(names.map((name) => [name, []]))
  for (let round = 0; round < 3 * ROUNDS; round++) {
    for (const name of names) {
      results.get(name).push(Number(execFileSync(process.execPath, [child, name])))
    }
  }
  table(
    'start-up in a fresh process: from the import of the package to the first result of one thread',
    ['pool', 'ms'],
    [...results].map(([name, times]) => [name, median(times).toFixed(1)]),
  )
}

/** The method that comparisons of thread pools use: all promises at once, one thread per core. */
async function factorials() {
  const count = Number(options.factorials)
  const rows = []
  for (const name of names) {
    const pool = await pools[name](availableParallelism())
    await pool.run('factorial', 1000)
    const { cpu, wall } = await cpuOf(() =>
      Promise.all(Array.from({ length: count }, () => pool.run('factorial', 1000))),
    )
    rows.push([name, (wall / 1000).toFixed(2), (cpu / 1000).toFixed(2)])
    await pool.close()
  }
  table(
    `${thousands(count)} x factorial(1000), ${availableParallelism()} threads, single run`,
    ['pool', 'wall s', 'CPU s'],
    rows,
  )
}

const parts = {
  ...Object.fromEntries(Object.entries(loads).map(([name, load]) => [name, () => handOff(load)])),
  waits,
  idle,
  cpu: cpuBound,
  start: startUp,
  factorial: factorials,
}
if (options.only !== undefined && parts[options.only] === undefined) {
  console.error(`--only must be one of ${Object.keys(parts).join(', ')}`)
  process.exit(2)
}
console.log(`node ${process.version}, ${availableParallelism()} cores`)
for (const [name, part] of Object.entries(parts)) {
  if (options.only === undefined || options.only === name) await part()
}
console.log(failed.length === 0 ? '\nevery bar is met' : `\nmissed: ${failed.join('; ')}`)
process.exit(failed.length === 0 ? 0 : 1)
