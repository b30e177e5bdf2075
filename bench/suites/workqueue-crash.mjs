// What becomes of jobs when a thread dies: `npm run bench -- workqueue-crash`. Each cell is a program of its own with
// one thread, one job before the fatal one and two behind it, and a shutdown; who has not answered after 4 s hangs.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const child = fileURLToPath(new URL('../peers/pools/crash-child.mjs', import.meta.url))
const pools = ['@rearm/workqueue', 'piscina, default', 'tinypool', 'workerpool', 'poolifier']
const deaths = {
  exit: 'process.exit(1) in the job',
  throwLater: 'an uncaught throw, in the job’s aftermath',
  rejectLater: 'an unhandled rejection, likewise',
  memory: 'out of memory, by small objects',
  abort: 'terminate(): the job never ends and is aborted',
  load: 'the module throws when it is loaded',
  claimed: 'each thread killed at its second claim, between claim and publish (ours only)',
}

for (const [death, words] of Object.entries(deaths)) {
  console.log(`\n${words}`)
  for (const pool of pools) {
    if (death === 'claimed' && pool !== '@rearm/workqueue') continue
    const { stdout, status, signal } = spawnSync(process.execPath, [child, pool, death], {
      encoding: 'utf8',
      timeout: 30_000,
    })
    const line = stdout.trim().split('\n').at(-1)
    console.log(`  ${pool.padEnd(17)} ${line || `the whole process died (${signal ?? status})`}`)
  }
}
