// npm's `epoll` package beside ours: what it costs to be told that a descriptor is ready (and to read it).
import { fileURLToPath } from 'node:url'
import { printBars } from '../lib/bars.mjs'
import { compileC } from '../lib/compile.mjs'
import { runLoad } from '../lib/load.mjs'
import { describeMachine } from '../lib/machine.mjs'
import { optionalPackage } from '../lib/optional-package.mjs'
import { chosen, suiteOptions } from '../lib/options.mjs'
import { canPin, LOAD_CORE, SERVER_CORE } from '../lib/pin.mjs'
import { leastDisturbed, printDisturbance } from '../lib/quiet.mjs'
import { saveResult } from '../lib/results.mjs'
import { runRounds } from '../lib/rounds.mjs'
import { median, ratios } from '../lib/statistics.mjs'
import { digits, formatTable } from '../lib/table.mjs'

const VERSION = '4.0.2'

const options = suiteOptions(
  'epoll-package',
  `npm's epoll ${VERSION} beside ours: a separate program signals descriptors, the consumer is told and reads each signal; and one descriptor that stays ready.`,
  {
    kind: { type: 'names', default: ['eventfd'], help: 'eventfd, pipe' },
    ready: { type: 'names', default: ['eventfd', 'pipe'], help: 'kinds of one that stays ready' },
    descriptors: { type: 'numbers', default: [1, 64, 512], help: 'how many are watched' },
    rates: {
      type: 'numbers',
      default: [1000],
      help: 'also one descriptor, so many signals a second',
    },
    rounds: { type: 'number', default: 5, help: 'paired rounds' },
    seconds: { type: 'number', default: 3, help: 'counted in each run' },
    warmup: { type: 'number', default: 1, help: 'seconds before that' },
  },
)

const peer = (file) => fileURLToPath(new URL(`../peers/${file}`, import.meta.url))
const PACKAGE = 'epoll'
const OURS = 'raw'
const all = [
  {
    name: PACKAGE,
    title: `epoll ${VERSION}`,
    command: () => [process.execPath, peer('events-epoll-package.mjs')],
  },
  {
    name: OURS,
    title: 'raw layer (EpollWatcher)',
    command: () => [process.execPath, peer('events-raw.mjs')],
  },
  { name: 'c', title: 'C, one epoll loop', command: () => [compileC('peers/events-epoll.c')] },
]
let candidates = chosen(all, options.only)
if (candidates.some(({ name }) => name === PACKAGE)) {
  try {
    process.env.EPOLL_PACKAGE = optionalPackage('epoll', VERSION, 'build/Release/epoll.node')
  } catch (error) {
    console.error(`${error.message}\n\nGoing on without it: nothing can be said about the bar.\n`)
    if (options.check) process.exitCode = 1
    candidates = candidates.filter(({ name }) => name !== PACKAGE)
  }
}

const { kind: kinds, ready, descriptors, rates, rounds, attempts, seconds, warmup } = options
const pins = canPin ? { 'producer-core': LOAD_CORE, 'consumer-core': SERVER_CORE } : {}
const anyCore = canPin ? { 'producer-core': LOAD_CORE } : {}
/**
 * What is run: one that is never read, as fast as signals are read, or at a fixed rate. The bars are about a loop that has
 * work, and about programs as they are started. With one descriptor that is signalled anew both sides pay the kernel
 * for a sleep and a wake-up per event; two threads pinned to one core never wake each other's: shown, promised nothing.
 */
const shapes = [
  ...ready.flatMap((kind) => [
    {
      title: `1 ${kind}, stays readable (the package's own check)`,
      promised: true,
      load: { kind, descriptors: 1, 'stays-ready': true, ...anyCore },
    },
    {
      title: `1 ${kind}, stays readable, on one core`,
      promised: false,
      load: { kind, descriptors: 1, 'stays-ready': true, ...pins },
    },
  ]),
  ...kinds.flatMap((kind) => [
    ...descriptors.map((count) => ({
      title: `${count} ${kind}${count === 1 ? '' : 's'}, as fast as read`,
      promised: count > 1,
      load: { kind, descriptors: count, ...pins },
    })),
    ...rates.map((rate) => ({
      title: `1 ${kind}, ${rate} a second`,
      promised: false,
      load: { kind, descriptors: 1, rate, ...pins },
    })),
  ]),
]

for (const shape of shapes) {
  const load = { seconds, warmup, ...shape.load }
  shape.runs = await runRounds(candidates, rounds, ({ command }) =>
    leastDisturbed(attempts, () =>
      runLoad(load, { program: 'load/signal-load.c', command: command(), core: null }),
    ),
  )
}

const cpu = (runs) => runs.map((run) => run.cpuUsPerEvent.total)
/** How many times our CPU per event the package costs, round by round. */
function advantage({ runs }) {
  if (!runs.has(PACKAGE) || !runs.has(OURS)) return Number.NaN
  return median(ratios(cpu(runs.get(PACKAGE)), cpu(runs.get(OURS))))
}

const rows = shapes.flatMap(({ title, runs }) =>
  candidates.map((candidate) => {
    const mine = runs.get(candidate.name)
    const of = (pick) => digits(median(mine.map(pick)))
    const base = runs.get(OURS)
    return [
      title,
      candidate.title,
      of((run) => run.cpuUsPerEvent.total),
      of((run) => run.cpuUsPerEvent.user ?? Number.NaN),
      `${digits(Math.min(...cpu(mine)))}–${digits(Math.max(...cpu(mine)))}`,
      of((run) => run.eventsPerSecond),
      of((run) => run.eventsPerCallback),
      base ? digits(median(ratios(cpu(mine), cpu(base)))) : '-',
    ]
  }),
)
const machine = describeMachine()
const table = formatTable(
  ['shape', 'consumer', 'CPU µs/event', 'user', 'least–most', 'events/s', 'per callback', '÷ ours'],
  rows,
)
const about = [
  `CPU of the consumer only, which is told of each signal and reads it (one that stays readable is not read); median of ${rounds} paired rounds of ${seconds} s;`,
  `Linux ${machine.kernel}, Node ${machine.node}, ${machine.cores} cores,`,
  canPin
    ? 'producer and consumer on a core each, but for the checks as the package makes them.'
    : 'NOTHING PINNED (no taskset, or one core).',
].join(' ')
console.log(`${about}\n\n${table}\n`)
printDisturbance(shapes.flatMap(({ runs }) => [...runs.values()].flat()))

const bars = shapes
  .filter((shape) => shape.promised && Number.isFinite(advantage(shape)))
  .map((shape) => ({
    what: `epoll ${VERSION} / ours, ${shape.title}`,
    ratio: advantage(shape),
    atLeast: 10,
  }))
const good = printBars(bars)
if (options.save) {
  const runs = shapes.map(({ title, runs }) => ({ title, runs: Object.fromEntries(runs) }))
  saveResult('epoll-package', { options, runs, markdown: `${about}\n\n${table}` })
}
if (options.check && !good) process.exitCode = 1
