// A producer ten times faster than the workers: `npm run bench -- workqueue-overload [--seconds 30]`. Each pool in a
// process of its own: memory on the way, time from push to result, and what became of every job.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '30' } } })
const child = fileURLToPath(new URL('../peers/pools/overload-child.mjs', import.meta.url))
// V8 makes its young generation larger when it thinks fit, by more than a pool holds: kept small for all alike.
const young = '--max-semi-space-size=2'
const pools = ['@rearm/workqueue', 'piscina, default', 'tinypool', 'workerpool', 'poolifier']
let isOurs = true
let met = true

for (const pool of pools) {
  const { stdout, signal, status } = spawnSync(
    process.execPath,
    [young, child, pool, values.seconds],
    { encoding: 'utf8' },
  )
  if (!stdout) {
    console.log(`${pool}: the process died (${signal ?? status})`)
    met &&= !isOurs
    continue
  }
  const result = JSON.parse(stdout)
  const mib = result.rss.map((bytes) => (bytes / 2 ** 20).toFixed(0)).join(' ')
  console.log(
    `\n${pool}: ${result.offered} offered, ${result.accepted} accepted, ${result.refused} refused, ${result.blocked} waited for`,
  )
  console.log(`  resident MiB at each tenth: ${mib}`)
  console.log(
    `  push to result: p50 ${result.p50.toFixed(0)} ms, p99 ${result.p99.toFixed(0)} ms; still unanswered at the end: ${result.unanswered}`,
  )
  console.log(
    `  ran once: ${result.ranOnce}, ran twice: ${result.ranTwice}, refused but ran: ${result.refusedRan}, accepted but never ran: ${result.lost}`,
  )
  if (isOurs) {
    const [, , early] = result.rss
    const growth = result.rss.at(-1) / early
    const flat = growth < 1.1
    const exact = result.ranTwice + result.refusedRan + result.lost + result.unanswered === 0
    console.log(
      `  ${flat ? 'ok  ' : 'MISS'} memory from the third tenth on: x ${growth.toFixed(2)} (wanted < 1.1)`,
    )
    console.log(`  ${exact ? 'ok  ' : 'MISS'} every accepted job ran once, every refused one never`)
    const bounded = result.mostWaiting <= result.capacity + 1
    console.log(
      `  ${bounded ? 'ok  ' : 'MISS'} at most ${result.mostWaiting} jobs waited (capacity ${result.capacity}, one thread)`,
    )
    met &&= flat && exact && bounded
  }
  isOurs = false
}
process.exit(met ? 0 : 1)
