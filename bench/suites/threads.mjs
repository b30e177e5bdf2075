// The threads example: what a request of its line protocol costs in each of its modes, next to node:net in one
// thread and under node:cluster, with the same protocol core; and what a second thread is good for.
import { fileURLToPath } from 'node:url'
import { printBars } from '../lib/bars.mjs'
import { withOthersShare } from '../lib/core-time.mjs'
import { HashPairs } from '../lib/hash-pairs.mjs'
import { runLoad } from '../lib/load.mjs'
import { allowedCores, describeMachine } from '../lib/machine.mjs'
import { chosen, suiteOptions } from '../lib/options.mjs'
import { canPin, SERVER_CORE } from '../lib/pin.mjs'
import { processTree } from '../lib/process-tree.mjs'
import { printDisturbance } from '../lib/quiet.mjs'
import { saveResult } from '../lib/results.mjs'
import { median, ratios } from '../lib/statistics.mjs'
import { digits, formatTable } from '../lib/table.mjs'
import { cpuRatio, measureServers, serverCells, serverColumns } from '../lib/tcp-servers.mjs'

const options = suiteOptions('threads', 'The threads example beside node:net and node:cluster.', {
  parts: { type: 'names', default: ['echo', 'hash'], help: 'echo, hash' },
  connections: { type: 'numbers', default: [64, 1000], help: 'of ECHO, one table part each' },
  rounds: { type: 'number', default: 5, help: 'paired rounds' },
  seconds: { type: 'number', default: 3, help: 'counted in each run' },
  warmup: {
    type: 'number',
    default: 3,
    help: 'seconds before that: three threads have much to compile',
  },
  size: { type: 'number', default: 64, help: 'bytes of text per ECHO' },
  depth: { type: 'number', default: 1, help: 'requests in flight per connection' },
})

const file = (path) => fileURLToPath(new URL(path, import.meta.url))
const threads = (mode, count) => ({
  name: `${mode}-${count}`,
  title: `${mode}, ${count} thread${count > 1 ? 's' : ''}`,
  command: () => [
    process.execPath,
    file('../../packages/examples/dist/threads/main.js'),
    ...['--port', '0', '--view', 'none', '--mode', mode, '--threads', String(count)],
  ],
})
const candidates = chosen(
  [
    ...['lend', 'handoff', 'reuseport'].flatMap((mode) => [threads(mode, 1), threads(mode, 2)]),
    {
      name: 'node-net',
      title: 'node:net, one thread',
      command: () => [process.execPath, file('../peers/threads-node-net.mjs')],
    },
    {
      name: 'cluster',
      title: 'node:cluster, 2 processes',
      command: () => [process.execPath, file('../peers/threads-cluster.mjs'), '--processes', '2'],
    },
  ],
  options.only,
)

/** At most how much of the cluster's CPU per ECHO. */
const atMost = { 'lend-2': 0.9, 'handoff-2': 0.7 }
/** At least how many times the HASHes of one thread. */
const atLeast = { lend: 1.8 }
/** Enough that every thread has some in reuseport, where the kernel deals them out. */
const hashConnections = 16
const hashMicroseconds = 1000
const echo = { ask: 'ECHO ', expect: 'OK ' }
/** How often the load generator looks for answers (ms). Two threads answer four meanwhile, and have the other twelve to go on with. */
const hashPause = 2

/** How to measure on these cores, with the CPU time of all processes of the server. */
const onCores = (cores, loadCore) => ({
  core: cores.join(','),
  measure({ port, pid }, load) {
    const pids = processTree(pid)
    return withOthersShare(
      cores,
      () => pids,
      () => runLoad({ ...load, port, pid: pids }, loadCore),
    )
  },
})

const { parts, connections, rounds, attempts, seconds, warmup, size, depth } = options
const plan = { rounds, attempts }
const machine = describeMachine()
const where = `Linux ${machine.kernel}, Node ${machine.node}, ${machine.cores} cores`
const sections = []
const bars = []
const kept = {}

if (parts.includes('echo')) {
  const runs = await measureServers(candidates, {
    ...plan,
    connections,
    load: { seconds, warmup, size, depth, ...echo },
    ...onCores([SERVER_CORE]),
  })
  const rows = connections.flatMap((count) =>
    candidates.map(({ name, title }) => [
      title,
      String(count),
      ...serverCells(runs.get(count).get(name)),
      digits(cpuRatio(runs.get(count), name, 'node-net')),
      digits(cpuRatio(runs.get(count), name, 'cluster')),
    ]),
  )
  const header = ['server', 'conn.', ...serverColumns, '÷ node:net', '÷ cluster']
  const pinning = canPin
    ? 'all threads of the server on one core, the load generator on another.'
    : 'NOTHING PINNED (no taskset, or one core).'
  const about = `ECHO of ${size} bytes, ${depth} in flight per connection, median of ${rounds} paired rounds of ${seconds} s; ${where}, ${pinning}`
  show(about, formatTable(header, rows), runs)
  for (const count of connections) {
    for (const { name, title } of candidates) {
      if (!(name in atMost)) continue
      bars.push({
        what: `ECHO: ${title} / node:cluster, ${count} connections`,
        ratio: cpuRatio(runs.get(count), name, 'cluster'),
        atMost: atMost[name],
      })
    }
  }
  kept.echo = Object.fromEntries([...runs].map(([count, by]) => [count, Object.fromEntries(by)]))
}

if (parts.includes('hash')) {
  const pairs = new HashPairs(hashMicroseconds, hashConnections)
  const cores = allowedCores()
  const runs = await measureServers(candidates, {
    ...plan,
    connections: [hashConnections],
    load: { seconds, warmup, depth, pairs: pairs.path, pause: hashPause },
    // A thousand requests a second are too few for what is around a HASH to be compiled in some seconds.
    prepare: ({ port }) =>
      runLoad({ port, ...echo, size, connections: hashConnections, seconds: warmup, warmup: 0 }),
    // Two threads need two cores: the load generator takes what little it needs from both.
    ...onCores(cores, { core: null }),
  })
  const by = runs.get(hashConnections)
  const rate = (name) => by.get(name).map((run) => run.requestsPerSecond)
  const gain = (two, one) =>
    by.has(two) && by.has(one) ? median(ratios(rate(two), rate(one))) : Number.NaN
  const one = (name) => (name === 'cluster' ? 'node-net' : name.replace(/-2$/, '-1'))
  const rows = candidates.map(({ name, title }) => [
    title,
    ...serverCells(by.get(name)),
    one(name) === name ? '-' : digits(gain(name, one(name))),
  ])
  const about = `HASH of ${pairs.rounds} rounds (about 1 ms), ${hashConnections} connections, median of ${rounds} paired rounds of ${seconds} s; ${where}, all of them for server and load generator together, which looks for answers every ${hashPause} ms: the latencies have that in them.`
  show(about, formatTable(['server', ...serverColumns, '× one thread'], rows), runs)
  for (const mode of Object.keys(atLeast)) {
    if (!by.has(`${mode}-2`)) continue
    bars.push({
      what: `HASH: requests per second, ${mode}, 2 threads / 1`,
      ratio: gain(`${mode}-2`, `${mode}-1`),
      atLeast: atLeast[mode],
    })
  }
  kept.hash = Object.fromEntries(by)
}

function show(about, table, runs) {
  sections.push(`${about}\n\n${table}`)
  console.log(`${about}\n\n${table}\n`)
  printDisturbance([...runs.values()].flatMap((by) => [...by.values()].flat()))
}

const good = printBars(bars)
if (options.save) saveResult('threads', { options, runs: kept, markdown: sections.join('\n\n') })
if (options.check && !good) process.exitCode = 1
