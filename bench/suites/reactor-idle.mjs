// What registrations that are never ready cost those that are: nothing, if readiness costs by event and not by list.
import { fileURLToPath } from 'node:url'
import { printBars } from '../lib/bars.mjs'
import { describeMachine } from '../lib/machine.mjs'
import { suiteOptions } from '../lib/options.mjs'
import { printDisturbance } from '../lib/quiet.mjs'
import { saveResult } from '../lib/results.mjs'
import { digits, formatTable } from '../lib/table.mjs'
import { cpuRatio, measureServers, serverCells, serverColumns } from '../lib/tcp-servers.mjs'

const options = suiteOptions(
  'reactor-idle',
  'The reactor beside few and many idle registrations.',
  {
    few: { type: 'number', default: 100, help: 'idle registrations' },
    many: { type: 'number', default: 10_000, help: 'idle registrations, more' },
    connections: { type: 'number', default: 64, help: 'connections that send' },
    rounds: { type: 'number', default: 5, help: 'paired rounds' },
    seconds: { type: 'number', default: 3, help: 'counted in each run' },
    warmup: { type: 'number', default: 1, help: 'seconds before that' },
  },
)
const { few, many, connections, rounds, attempts, seconds, warmup } = options

const peer = fileURLToPath(new URL('../peers/echo-reactor.mjs', import.meta.url))
const candidates = ['few', 'many'].map((name) => ({
  name,
  title: `${options[name]} idle`,
  command: () => [process.execPath, peer, '--idle', String(options[name])],
}))
const load = { seconds, warmup }
const plan = { connections: [connections], rounds, attempts, load }
const runs = (await measureServers(candidates, plan)).get(connections)

const machine = describeMachine()
const rows = candidates.map(({ name, title }) => [title, ...serverCells(runs.get(name))])
const table = formatTable(['registrations', ...serverColumns], rows)
const about = [
  `${connections} connections with 64-byte messages beside idle registrations, median of ${rounds} paired rounds of ${seconds} s;`,
  `Linux ${machine.kernel}, Node ${machine.node}, ${machine.cores} cores.`,
].join(' ')
console.log(`${about}\n\n${table}\n`)
printDisturbance([...runs.values()].flat())

const what = `CPU per request, ${digits(many)} idle / ${digits(few)} idle`
const good = printBars([{ what, ratio: cpuRatio(runs, 'many', 'few'), atMost: 1.3 }])
if (options.save) {
  const kept = Object.fromEntries(runs)
  saveResult('reactor-idle', { options, runs: kept, markdown: `${about}\n\n${table}` })
}
if (options.check && !good) process.exitCode = 1
