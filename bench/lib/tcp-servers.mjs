// Measures TCP servers side by side: the whole of what tcp-echo and the suites like it do.
import { runLoad } from './load.mjs'
import { leastDisturbed } from './quiet.mjs'
import { rotated } from './rounds.mjs'
import { startServer } from './server.mjs'
import { median, ratios } from './statistics.mjs'
import { digits } from './table.mjs'

/** Seconds that the load stays with one server, and before that, uncounted, until all its connections are in step. */
const SLICE = 0.5
const SLICE_WARMUP = 0.15

/**
 * @typedef {object} Candidate
 * @property {string} name as --only takes it
 * @property {string} title as the table shows it
 * @property {() => string[]} command
 * @property {string[]} [notes]
 */

/**
 * Every candidate under every number of connections, in paired rounds. Within a round all servers run, and the load goes from one
 * to the next in short slices: what else the machine does comes in bouts of seconds, and so meets all of them alike.
 * @param {Candidate[]} candidates
 * @param {object} plan
 * @param {number[]} plan.connections
 * @param {number} plan.rounds
 * @param {number} [plan.attempts] how often a slice that others disturbed is made
 * @param {{ seconds: number, warmup: number }} plan.load counted in a round, before the first slice; and options of the load generator
 * @param {number | string} [plan.core] where the servers run
 * @param {(server: import('./server.mjs').Server, load: object) => Promise<any>} [plan.measure] makes one slice
 * @param {(server: import('./server.mjs').Server) => Promise<any>} [plan.prepare] once before a server's warm-up
 * @returns {Promise<Map<number, Map<string, any[]>>>} runs by connections, then by name
 */
export async function measureServers(candidates, { connections, rounds, load, ...how }) {
  const commands = new Map(candidates.map(({ name, command }) => [name, command()]))
  const runs = new Map()
  for (const count of connections) {
    const results = new Map(candidates.map(({ name }) => [name, []]))
    for (let round = 0; round < rounds; round++) {
      progress(`${count} connections, round ${round + 1} of ${rounds}`)
      const order = rotated(candidates, round)
      const ofRound = await measureRound(order, commands, { ...load, connections: count }, how)
      for (const [name, run] of ofRound) results.get(name).push(run)
    }
    runs.set(count, results)
  }
  progress('')
  return runs
}

async function measureRound(
  candidates,
  commands,
  { seconds, warmup, ...load },
  { attempts = 1, core, measure = measureOne, prepare = async () => {} },
) {
  const servers = new Map()
  try {
    for (const { name } of candidates) {
      servers.set(name, await startServer(commands.get(name), { core }))
    }
    for (const server of servers.values()) {
      await prepare(server)
      await measure(server, { ...load, seconds: warmup, warmup: 0 })
    }
    const slices = new Map(candidates.map(({ name }) => [name, []]))
    const count = Math.max(1, Math.round(seconds / SLICE))
    const time = { seconds: seconds / count, warmup: SLICE_WARMUP }
    for (let slice = 0; slice < count; slice++) {
      for (const { name } of rotated(candidates, slice)) {
        const make = () => measure(servers.get(name), { ...load, ...time })
        slices.get(name).push(await leastDisturbed(attempts, make))
      }
    }
    return new Map([...slices].map(([name, of]) => [name, joinSlices(of)]))
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()))
  }
}

/** A slice of a server of one process. */
function measureOne({ port, pid }, load) {
  return runLoad({ ...load, port, pid })
}

/**
 * One run of the slices that it was made in: what is counted is added up, percentiles are those of the middle slice, and it
 * was disturbed as much as the worst of them.
 * @param {any[]} slices
 */
export function joinSlices(slices) {
  const sum = (pick) => slices.reduce((total, slice) => total + pick(slice), 0)
  const requests = sum((slice) => slice.requests)
  const cpu = (kind) => sum((slice) => slice.cpuUsPerRequest[kind] * slice.requests) / requests
  const latency = (name) => median(slices.map(({ latencyUs }) => latencyUs[name]))
  const seconds = sum((slice) => slice.seconds)
  return {
    slices: slices.length,
    seconds,
    requests,
    requestsPerSecond: requests / seconds,
    waited: Math.max(...slices.map(({ waited }) => waited)),
    cpuUsPerRequest: { total: cpu('total'), user: cpu('user'), system: cpu('system') },
    latencyUs: { p50: latency('p50'), p99: latency('p99') },
  }
}

/** Says what is being run, on a terminal only: the line is overwritten. */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}

/** @param {any[]} runs */
export const cpuPerRequest = (runs) => runs.map((run) => run.cpuUsPerRequest.total)

/**
 * The median over the rounds of one candidate's CPU per request over another's, round by round.
 * @param {Map<string, any[]>} runs
 * @param {string} name
 * @param {string} base
 */
export function cpuRatio(runs, name, base) {
  if (!runs.has(name) || !runs.has(base)) return Number.NaN
  return median(ratios(cpuPerRequest(runs.get(name)), cpuPerRequest(runs.get(base))))
}

export const serverColumns = ['CPU µs/req', 'user', 'least–most', 'req/s', 'p50 µs', 'p99 µs']

/**
 * The cells under `serverColumns` for one candidate's runs.
 * @param {any[]} runs
 */
export function serverCells(runs) {
  const of = (pick) => digits(median(runs.map(pick)))
  const all = cpuPerRequest(runs)
  return [
    of((run) => run.cpuUsPerRequest.total),
    of((run) => run.cpuUsPerRequest.user),
    `${digits(Math.min(...all))}–${digits(Math.max(...all))}`,
    of((run) => run.requestsPerSecond),
    of((run) => run.latencyUs.p50),
    of((run) => run.latencyUs.p99),
  ]
}
