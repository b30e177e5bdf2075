// `npm run soak -- threads`: the multithreaded server under everything that clients do, for as long as you like.
import { parseArgs } from 'node:util'
import { runLastRound } from './threads/last-round.mjs'
import { runPhase } from './threads/phase.mjs'
import { Questioner } from './threads/questioner.mjs'
import { ServerProcess } from './threads/server-process.mjs'
import { printSummary } from './threads/summary.mjs'

const usage = `usage: npm run soak -- threads [options]

Clients of all kinds (fast, slow, pipelining, aborting, never reading) against the threads example, whose workers are crashed.
Every answer must be right, in order, and the client's own; at the end everything must be as it was at the start.

  --mode WORD        lend, handoff or reuseport (lend)
  --seconds N        how long, after a warm-up of a tenth of it (60)
  --connections N    clients at once (2000)
  --threads N        of the server (2)
  --crash-every N    seconds (5)
  --seed N           decides what every client does (1)`

/** What the memory of the server may have grown by since the warm-up. */
const memoryFactor = 1.25
const memoryMiB = 32
const leastWarmup = 3

function readOptions() {
  const texts = {
    seconds: '60',
    connections: '2000',
    threads: '2',
    'crash-every': '5',
    seed: '1',
  }
  const { values } = parseArgs({
    options: {
      mode: { type: 'string', default: 'lend' },
      help: { type: 'boolean' },
      ...Object.fromEntries(
        Object.entries(texts).map(([name, text]) => [name, { type: 'string', default: text }]),
      ),
    },
  })
  if (values.help) {
    console.log(usage)
    process.exit(0)
  }
  if (!['lend', 'handoff', 'reuseport'].includes(values.mode)) {
    throw new Error('--mode must be lend, handoff or reuseport')
  }
  const number = (name) => {
    const value = Number(values[name])
    if (value > 0) return value
    throw new Error(`--${name} must be a number above 0`)
  }
  return {
    mode: values.mode,
    seconds: number('seconds'),
    connections: number('connections'),
    threads: number('threads'),
    crashEvery: number('crash-every'),
    seed: number('seed'),
  }
}

function optionsOrUsage() {
  try {
    return readOptions()
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`)
    process.exit(2)
  }
}

const { mode, seconds, ...plan } = optionsOrUsage()
const server = await ServerProcess.start([
  ...['--mode', mode, '--threads', String(plan.threads), '--chaos', '--view', 'none'],
])
let isStopping = false
server.onEnd((end) => {
  if (isStopping) return
  console.error(`the server ended (${end}) in the middle of it\n${server.stderr}`)
  process.exit(1)
})
const questioner = new Questioner(server.port)
const at = { server, questioner }

const warmupSeconds = Math.max(leastWarmup, seconds / 10)
const crashEvery = Math.min(plan.crashEvery, warmupSeconds / 2)
const warmup = await runPhase(at, { ...plan, seconds: warmupSeconds, crashEvery })
const before = { descriptors: server.descriptors(), memory: server.memory() }

const main = await runPhase(at, { ...plan, seconds, seed: plan.seed + 1000 })
const after = { descriptors: server.descriptors(), memory: server.memory() }
const cpu = server.cpu()
if (after.descriptors !== before.descriptors) {
  main.run.fault(
    `${after.descriptors} descriptors are open, ${before.descriptors} were at the start`,
  )
}
if (after.memory > before.memory * memoryFactor + memoryMiB) {
  main.run.fault(
    `the memory is ${after.memory.toFixed(0)} MiB, it was ${before.memory.toFixed(0)} MiB at the start`,
  )
}
questioner.close()
isStopping = true
const last = await runLastRound(server, { ...plan, connections: Math.min(200, plan.connections) })
if (server.stderr !== '') last.run.fault(`the server complained: ${server.stderr.slice(0, 2000)}`)

const good = printSummary({ mode, seconds, ...plan, warmup, main, last, before, after, cpu })
process.exitCode = good ? 0 : 1
