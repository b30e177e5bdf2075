// The hand-off's cost, next to the pools that people use: `npm run bench -- workqueue --help`. Figures are medians of rounds in
// which each pool had its turn, another one first each time; what was run once says so.
import { printBars } from '../lib/bars.mjs'
import { describeMachine } from '../lib/machine.mjs'
import { chosen, suiteOptions } from '../lib/options.mjs'
import { saveResult } from '../lib/results.mjs'
import { formatTable } from '../lib/table.mjs'
import { cpuBound } from '../lib/workqueue/cpu-bound.mjs'
import { handOffs } from '../lib/workqueue/hand-off.mjs'
import { factorial, idle } from '../lib/workqueue/single-runs.mjs'
import { startUp } from '../lib/workqueue/start-up.mjs'
import { waits } from '../lib/workqueue/waits.mjs'

const all = [
  ...handOffs,
  { name: 'waits', measure: waits },
  { name: 'idle', measure: idle },
  { name: 'cpu', measure: cpuBound },
  { name: 'start', measure: startUp },
  { name: 'factorial', measure: factorial },
]
const options = suiteOptions(
  'workqueue',
  'Thread pools side by side: the cost of a hand-off, waits, idle and CPU-bound threads, start-up and memory.',
  {
    rounds: {
      type: 'number',
      default: 5,
      help: 'paired rounds; twice as many of start; of cpu, ours and no queue twenty times as many besides',
    },
    seconds: { type: 'number', default: 1, help: 'of each pool in each round' },
    warmup: { type: 'number', default: 0.5, help: 'seconds before that, of each pool' },
    factorials: { type: 'number', default: 100_000, help: 'how many of them' },
    only: { type: 'names', help: `of ${all.map(({ name }) => name).join(', ')}` },
    attempts: undefined,
  },
)

const { node, cores } = describeMachine()
console.log(`node ${node}, ${cores} cores`)
const bars = []
const runs = {}
const sections = []
for (const { name, measure } of chosen(all, options.only)) {
  const part = await measure(options)
  const section = `${part.about}\n\n${formatTable(part.header, part.rows)}`
  console.log(`\n${section}`)
  sections.push(section)
  bars.push(...part.bars)
  runs[name] = part.runs
}
console.log()
const good = printBars(bars)
if (options.save) saveResult('workqueue', { options, runs, markdown: sections.join('\n\n') })
// The pools of the others may leave threads behind that keep the process.
process.exit(options.check && !good ? 1 : 0)
