// TCP echo: what a request costs on each layer of ours, next to the C loop and to node:net.
import { fileURLToPath } from 'node:url'
import { printBars } from '../lib/bars.mjs'
import { compileC } from '../lib/compile.mjs'
import { describeMachine } from '../lib/machine.mjs'
import { chosen, suiteOptions } from '../lib/options.mjs'
import { canPin } from '../lib/pin.mjs'
import { printDisturbance } from '../lib/quiet.mjs'
import { saveResult } from '../lib/results.mjs'
import { digits, formatTable } from '../lib/table.mjs'
import { cpuRatio, measureServers, serverCells, serverColumns } from '../lib/tcp-servers.mjs'

const options = suiteOptions('tcp-echo', 'TCP echo servers under a closed-loop load generator.', {
  connections: { type: 'numbers', default: [64, 1000], help: 'connections, one table part each' },
  rounds: { type: 'number', default: 5, help: 'paired rounds' },
  seconds: { type: 'number', default: 3, help: 'counted in each run' },
  warmup: { type: 'number', default: 1, help: 'seconds before that' },
  size: { type: 'number', default: 64, help: 'bytes per message' },
  depth: { type: 'number', default: 1, help: 'messages in flight per connection' },
})

const peer = (file) => fileURLToPath(new URL(`../peers/${file}`, import.meta.url))
const node = (file) => () => [process.execPath, peer(file)]

/** Each candidate, and at most how much of another's CPU per request it may cost. */
const all = [
  { name: 'c', title: 'C, one epoll loop', command: () => [compileC('peers/echo-epoll.c')] },
  {
    name: 'raw',
    title: 'raw layer (EpollWatcher)',
    command: node('echo-raw.mjs'),
    atMost: { c: 1.1, 'node-net': 0.7 },
  },
  {
    name: 'reactor',
    title: 'reactor',
    command: node('echo-reactor.mjs'),
    atMost: { c: 1.12, 'node-net': 0.65 },
  },
  {
    name: 'lend',
    title: 'reactor, lent to one worker',
    command: node('echo-lend.mjs'),
    atMost: { c: 1.35 },
  },
  { name: 'node-net', title: 'node:net', command: node('echo-node-net.mjs') },
]
const candidates = chosen(all, options.only)
const bases = all.filter(({ name }) => ['c', 'node-net'].includes(name))

const { connections, rounds, attempts, seconds, warmup, size, depth } = options
const runs = await measureServers(candidates, {
  connections,
  rounds,
  attempts,
  load: { seconds, warmup, size, depth },
})

const rows = connections.flatMap((count) =>
  candidates.map(({ name, title }) => [
    title,
    String(count),
    ...serverCells(runs.get(count).get(name)),
    ...bases.map((base) => digits(cpuRatio(runs.get(count), name, base.name))),
  ]),
)
const machine = describeMachine()
const table = formatTable(['server', 'conn.', ...serverColumns, '÷ C loop', '÷ node:net'], rows)
const about = [
  `${size}-byte messages, ${depth} in flight per connection, median of ${rounds} paired rounds of ${seconds} s;`,
  `Linux ${machine.kernel}, Node ${machine.node}, ${machine.cores} cores,`,
  canPin
    ? 'server and load generator on a core each.'
    : 'NOTHING PINNED (no taskset, or one core).',
].join(' ')
console.log(`${about}\n\n${table}\n`)
printDisturbance([...runs.values()].flatMap((by) => [...by.values()].flat()))

const bars = connections.flatMap((count) =>
  candidates.flatMap(({ name, title, atMost = {} }) =>
    bases
      .filter((base) => base.name in atMost && runs.get(count).has(base.name))
      .map((base) => ({
        what: `${title} / ${base.title}, ${count} connections`,
        ratio: cpuRatio(runs.get(count), name, base.name),
        atMost: atMost[base.name],
      })),
  ),
)
const good = printBars(bars)
if (options.save) {
  const kept = Object.fromEntries([...runs].map(([count, by]) => [count, Object.fromEntries(by)]))
  saveResult('tcp-echo', { options, runs: kept, markdown: `${about}\n\n${table}` })
}
if (options.check && !good) process.exitCode = 1
