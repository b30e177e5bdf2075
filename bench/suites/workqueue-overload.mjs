// A producer more than ten times faster than the workers: `npm run bench -- workqueue-overload --help`. Each pool in a
// process of its own: memory on the way, time from push to result, and what became of every job.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { printBars } from '../lib/bars.mjs'
import { describeMachine } from '../lib/machine.mjs'
import { chosen, suiteOptions } from '../lib/options.mjs'
import { saveResult } from '../lib/results.mjs'
import { digits, formatTable } from '../lib/table.mjs'

const OURS = '@rearm/workqueue'
const options = suiteOptions(
  'workqueue-overload',
  'A producer eleven times faster than the one thread of each pool: memory, waits, and the fate of every job.',
  {
    seconds: { type: 'number', default: 30, help: 'of each pool' },
    attempts: undefined,
  },
)
const pools = chosen(
  [
    { name: 'workqueue', pool: OURS },
    { name: 'piscina', pool: 'piscina, default' },
    { name: 'piscina-full', pool: 'piscina, maxQueue' },
    ...['tinypool', 'workerpool', 'poolifier'].map((name) => ({ name, pool: name })),
  ],
  options.only,
)
const child = fileURLToPath(new URL('../peers/pools/overload-child.mjs', import.meta.url))
// V8 makes its young generation larger when it thinks fit, by more than a pool holds: kept small for all alike.
const young = '--max-semi-space-size=2'
const MIB = 2 ** 20

/** What a pool made of it; undefined: its process died. */
function measure(pool) {
  const { stdout, signal, status } = spawnSync(
    process.execPath,
    [young, child, pool, String(options.seconds)],
    { encoding: 'utf8' },
  )
  if (stdout) return JSON.parse(stdout)
  console.log(`${pool}: the process died (${signal ?? status})`)
  return undefined
}

/** From the third tenth on: until then the pool still fills. */
const growth = ({ rss }) => rss.at(-1) / rss[2]

function row(pool, result) {
  const { offered, accepted, refused, ran, rss } = result
  const { p50, p99, unanswered, ranTwice, refusedRan, lost } = result
  return [
    pool,
    ...[offered, accepted, refused].map((count) => count.toLocaleString('en-US')),
    digits(offered / ran),
    `${digits(rss[2] / MIB)}, ${digits(rss.at(-1) / MIB)}`,
    `${digits(p50)}, ${digits(p99)}`,
    unanswered.toLocaleString('en-US'),
    [ranTwice, refusedRan, lost].join(', '),
  ]
}

/** The promises, ours alone. A job takes `service` ms, and one that is accepted last waits for `capacity` others and one that runs. */
function barsOf({ offered, ran, capacity, mostWaiting, p99, service, ...result }) {
  const astray = result.ranTwice + result.refusedRan + result.lost + result.wrong
  return [
    { what: 'offered / what the thread did', ratio: offered / ran, atLeast: 10 },
    { what: 'resident memory, end / third tenth', ratio: growth(result), atMost: 1.1 },
    {
      what: 'accepted jobs that did not run exactly once, refused ones that ran, wrong or missing answers',
      ratio: astray + result.unanswered,
      atMost: 0,
    },
    // One more than its capacity: what the thread has been given and has not begun waits as well.
    {
      what: `accepted jobs waiting, capacity ${capacity}`,
      ratio: mostWaiting,
      atMost: capacity + 1,
    },
    {
      what: `push to result, p99, over the time that ${capacity + 2} jobs take`,
      ratio: p99 / ((capacity + 2) * service),
      atMost: 2,
    },
  ]
}

const { node, cores } = describeMachine()
const about = `node ${node}, ${cores} cores; ${options.seconds} s, one thread, jobs of about a millisecond, 1 kB of text each; capacity of @rearm/workqueue and maxQueue: 100`
console.log(about)
const results = new Map()
for (const { pool } of pools) {
  const result = measure(pool)
  results.set(pool, result)
  if (result === undefined) continue
  const tenths = result.rss.map((bytes) => digits(bytes / MIB)).join(' ')
  console.log(`${pool}: resident MiB at each tenth ${tenths}`)
}
const table = formatTable(
  [
    'pool',
    'offered',
    'accepted',
    'refused',
    'offered ÷ ran',
    'MiB at 30 %, at the end',
    'push to result p50, p99 ms',
    'unanswered at the end',
    'ran twice, refused but ran, lost',
  ],
  [...results].filter(([, result]) => result).map(([pool, result]) => row(pool, result)),
)
console.log(`\n${table}\n`)
let good = true
if (results.has(OURS)) {
  const ours = results.get(OURS)
  good = ours !== undefined && printBars(barsOf(ours))
  if (ours) console.log(`\n${ours.waitedFor} places were waited for beside the flood, each granted`)
}
if (options.save)
  saveResult('workqueue-overload', {
    options,
    runs: Object.fromEntries(results),
    markdown: `${about}\n\n${table}`,
  })
if (options.check && !good) process.exitCode = 1
