// What becomes of jobs when a thread dies: `npm run bench -- workqueue-crash --help`. Each cell is a program of its own with
// one thread, one job before the fatal one and two behind it, and a shutdown; who has not answered after 4 s hangs.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { printBars } from '../lib/bars.mjs'
import { chosen, suiteOptions } from '../lib/options.mjs'
import { saveResult } from '../lib/results.mjs'

const OURS = '@rearm/workqueue'
const child = fileURLToPath(new URL('../peers/pools/crash-child.mjs', import.meta.url))
const pools = [OURS, 'piscina, default', 'tinypool', 'workerpool', 'poolifier']
const all = [
  { name: 'exit', words: 'process.exit(1) in the job' },
  { name: 'throwLater', words: 'an uncaught throw, in the job’s aftermath' },
  { name: 'rejectLater', words: 'an unhandled rejection, likewise' },
  { name: 'memory', words: 'out of memory, by small objects' },
  { name: 'abort', words: 'terminate(): the job never ends and is aborted' },
  { name: 'load', words: 'the module throws when it is loaded' },
  {
    name: 'claimed',
    words: 'each thread killed at its second claim, between claim and publish (ours only)',
    oursOnly: true,
  },
]
const options = suiteOptions('workqueue-crash', 'What becomes of jobs when their thread dies.', {
  only: { type: 'names', help: `of ${all.map(({ name }) => name).join(', ')}` },
  attempts: undefined,
})

const lines = []
const print = (line) => {
  console.log(line)
  lines.push(line)
}
const runs = {}
let unanswered = 0
for (const { name: death, words, oursOnly } of chosen(all, options.only)) {
  print(`\n${words}`)
  runs[death] = {}
  for (const pool of oursOnly ? [OURS] : pools) {
    const { stdout, status, signal } = spawnSync(process.execPath, [child, pool, death], {
      encoding: 'utf8',
      timeout: 30_000,
    })
    const line = stdout.trim().split('\n').at(-1)
    const fate = line || `the whole process died (${signal ?? status})`
    print(`  ${pool.padEnd(17)} ${fate}`)
    runs[death][pool] = fate
    if (pool === OURS && (!line || line.includes('NEVER'))) unanswered++
  }
}
console.log()
const good = printBars([
  { what: 'deaths that left a job of @rearm without an answer', ratio: unanswered, atMost: 0 },
])
if (options.save) saveResult('workqueue-crash', { options, runs, markdown: lines.join('\n') })
if (options.check && !good) process.exitCode = 1
