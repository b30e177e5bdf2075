// Measures TCP servers side by side: the whole of what tcp-echo and the suites like it do.
import { runLoad } from './load.mjs'
import { leastDisturbed } from './quiet.mjs'
import { runRounds } from './rounds.mjs'
import { startServer } from './server.mjs'
import { median, ratios } from './statistics.mjs'
import { digits } from './table.mjs'

/**
 * @typedef {object} Candidate
 * @property {string} name as --only takes it
 * @property {string} title as the table shows it
 * @property {() => string[]} command
 * @property {string[]} [notes]
 */

/**
 * Every candidate under every number of connections, in paired rounds.
 * @param {Candidate[]} candidates
 * @param {{ connections: number[], rounds: number, attempts?: number, load: object, measure?: typeof measureOne }} plan
 *   `measure`: how one run is made, when it is not one process on one core
 * @returns {Promise<Map<number, Map<string, any[]>>>} runs by connections, then by name
 */
export async function measureServers(
  candidates,
  { connections, rounds, attempts = 1, load, measure = measureOne },
) {
  const commands = new Map(candidates.map(({ name, command }) => [name, command()]))
  const runs = new Map()
  for (const count of connections) {
    const results = await runRounds(candidates, rounds, ({ name }, round) => {
      progress(`${count} connections, round ${round + 1} of ${rounds}: ${name}`)
      return leastDisturbed(attempts, () => measure(commands.get(name), count, load))
    })
    runs.set(count, results)
  }
  progress('')
  return runs
}

/**
 * Starts a server of one process, loads it, and stops it.
 * @param {string[]} command
 * @param {number} connections
 * @param {object} load options of the load generator
 */
async function measureOne(command, connections, load) {
  const server = await startServer(command)
  try {
    return await runLoad({ ...load, connections, port: server.port, pid: server.pid })
  } finally {
    await server.stop()
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
