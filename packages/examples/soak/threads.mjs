// `npm run soak -- threads`: the multithreaded server under everything that clients do, for as long as you like.
import { parseArgs } from 'node:util'
import { mostClients } from './threads/clients/index.mjs'
import { descriptorLimit } from './threads/descriptor-limit.mjs'
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
  --connections N    how many are open at once (2000); a tenth more clients come and go
  --threads N        of the server (2)
  --crash-every N    seconds (5)
  --seed N           decides what every client does (1)
  --patience N       seconds that an answer may take at the very most (60)
  --program FILE     another server instead of the example`

/** What the memory of the server may have grown by since the warm-up. */
const memoryFactor = 1.25
const memoryMiB = 32
/** Beside the connections, what a process has open (the server a socket more for each that it is about to close). */
const otherDescriptors = 100
/** As long as the server may take for a stop at the most (ms). */
const mostDrain = 600_000
/** Clients of the last round. */
const lastConnections = 200
/** Seconds; a shorter run has a warm-up as long as itself. */
const leastWarmup = 3

function readOptions() {
  const texts = {
    seconds: '60',
    connections: '2000',
    threads: '2',
    'crash-every': '5',
    seed: '1',
    patience: '60',
  }
  const { values } = parseArgs({
    options: {
      mode: { type: 'string', default: 'lend' },
      program: { type: 'string' },
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
    program: values.program,
    seconds: number('seconds'),
    connections: number('connections'),
    threads: number('threads'),
    crashEvery: number('crash-every'),
    seed: number('seed'),
    patience: number('patience') * 1000,
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

const { mode, program, seconds, ...plan } = optionsOrUsage()
const clients = mostClients(plan.connections)
const limit = descriptorLimit()
if (limit < clients + otherDescriptors) {
  console.error(
    `${plan.connections} connections at once take up to ${clients + otherDescriptors} descriptors in a process, which may have ${limit} here: raise that (ulimit -n), or say --connections ${mostConnections(limit)}`,
  )
  process.exit(2)
}
const server = await ServerProcess.start(
  [
    ...['--mode', mode, '--threads', String(plan.threads), '--connections', String(2 * clients)],
    // What a stop leaves unanswered is a fault after the same patience as everything else.
    ...['--drain', String(Math.min(Math.ceil(plan.patience), mostDrain))],
    ...['--chaos', '--view', 'none'],
  ],
  program,
)
let isStopping = false
server.onEnd((end) => {
  if (isStopping) return
  console.error(`the server ended (${end}) in the middle of it\n${server.stderr}`)
  process.exit(1)
})
const questioner = new Questioner(server, plan.patience)
const at = { server, questioner }

const warmupSeconds = Math.max(Math.min(leastWarmup, seconds), seconds / 10)
const crashEvery = Math.min(plan.crashEvery, warmupSeconds / 2)
const memory = (MiB) => `${MiB.toFixed(0)} MiB`
const phases = {}
const seen = {}

phases['warm-up'] = await runPhase(at, { ...plan, seconds: warmupSeconds, crashEvery })
const before = { descriptors: server.descriptors(), memory: server.memory() }
if (phases['warm-up'].run.faultCount === 0) {
  const { run } = await runMain()
  if (run.faultCount === 0) await runLast()
}
const good = printSummary(`threads --mode ${mode}`, { seconds, ...plan }, phases, seen)
process.exit(good ? 0 : 1)

/** How many connections at once so many descriptors are enough for. */
function mostConnections(limit) {
  let most = Math.max(limit - otherDescriptors, 0)
  while (most > 0 && mostClients(most) + otherDescriptors > limit) most--
  return most
}

async function runMain() {
  phases.run = await runPhase(at, { ...plan, seconds, seed: plan.seed + 1000 })
  const { run, mostMemory } = phases.run
  const after = {
    descriptors: await server.settled(before.descriptors, plan.patience),
    memory: server.memory(),
  }
  if (after.descriptors !== before.descriptors) {
    run.fault(`${after.descriptors} descriptors are open, ${before.descriptors} were at the start`)
  }
  if (after.memory > before.memory * memoryFactor + memoryMiB) {
    run.fault(`the memory is ${memory(after.memory)}, ${memory(before.memory)} at the start`)
  }
  seen.descriptors = `${before.descriptors} after the warm-up, ${after.descriptors} at the end`
  seen.memory = `${memory(before.memory)} after the warm-up, ${memory(after.memory)} at the end, ${memory(mostMemory)} at most`
  return phases.run
}

async function runLast() {
  const { user, system } = process.cpuUsage()
  seen.CPU = `${server.cpu().toFixed(1)} s of the server, ${((user + system) / 1e6).toFixed(1)} s of its clients`
  questioner.close()
  isStopping = true
  const connections = Math.min(lastConnections, plan.connections)
  const last = await runLastRound(server, { ...plan, connections })
  if (server.stderr !== '') last.run.fault(`the server complained: ${server.stderr.slice(0, 2000)}`)
  seen.SIGTERM = `exit status ${last.status}`
  phases['last round'] = last
}
