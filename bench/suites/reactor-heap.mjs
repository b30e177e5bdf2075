// What one registration costs in heap, beyond the user's handler.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { printBars } from '../lib/bars.mjs'
import { describeMachine } from '../lib/machine.mjs'
import { suiteOptions } from '../lib/options.mjs'
import { saveResult } from '../lib/results.mjs'
import { median } from '../lib/statistics.mjs'
import { digits, formatTable } from '../lib/table.mjs'

const options = suiteOptions(
  'reactor-heap',
  'Bytes of heap per registration, all with one handler.',
  {
    registrations: { type: 'number', default: 10_000, help: 'how many' },
    rounds: { type: 'number', default: 5, help: 'processes' },
  },
)
const { registrations, rounds } = options
const peer = fileURLToPath(new URL('../peers/heap-reactor.mjs', import.meta.url))

function measure() {
  const { stdout, status } = spawnSync(
    process.execPath,
    ['--expose-gc', peer, String(registrations)],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  )
  if (status !== 0) throw new Error(`the measured process failed (${status})`)
  return JSON.parse(stdout).heap
}

const runs = Array.from({ length: rounds }, measure)
const heap = median(runs)
const machine = describeMachine()
const cells = [heap, Math.min(...runs), Math.max(...runs)].map((bytes) => digits(bytes))
const table = formatTable(['bytes per registration', 'least', 'most'], [cells])
const about = `${registrations} registrations, median of ${rounds} processes; Node ${machine.node}.`
console.log(`${about}\n\n${table}\n`)

const good = printBars([{ what: 'bytes of heap per registration', ratio: heap, atMost: 300 }])
if (options.save) saveResult('reactor-heap', { options, runs, markdown: `${about}\n\n${table}` })
if (options.check && !good) process.exitCode = 1
