// What a pool costs before its first job: time and memory, each pool in fresh processes of its own, because the first pool
// of a process pays for what the next ones find loaded.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { runRounds } from '../rounds.mjs'
import { median } from '../statistics.mjs'
import { digits } from '../table.mjs'
import { names } from './pools.mjs'

const child = fileURLToPath(new URL('../../peers/pools/start-child.mjs', import.meta.url))
const FEW = 1
const MANY = 5
const MIB = 2 ** 20

const start = (name, threads) =>
  JSON.parse(execFileSync(process.execPath, [child, name, String(threads)], { encoding: 'utf8' }))

export async function startUp({ rounds }) {
  const runs = await runRounds(
    names.map((name) => ({ name })),
    2 * rounds,
    ({ name }) => ({ few: start(name, FEW), many: start(name, MANY) }),
  )
  const mib = (list, what) => digits(median(list.map(what)) / MIB)
  return {
    about: `in fresh processes, medians of ${2 * rounds} rounds: from the import of the package to the first result of one thread; and resident memory, with ${FEW} thread more than before the import, and per thread from ${FEW} to ${MANY} threads, each of which has run jobs`,
    header: ['pool', 'ms to the first result', 'MiB with one thread', 'MiB per further thread'],
    rows: [...runs].map(([name, list]) => [
      name,
      digits(median(list.map(({ few }) => few.ms))),
      mib(list, ({ few }) => few.rss - few.bare),
      mib(list, ({ few, many }) => (many.rss - few.rss) / (MANY - FEW)),
    ]),
    bars: [],
    runs: Object.fromEntries(runs),
  }
}
