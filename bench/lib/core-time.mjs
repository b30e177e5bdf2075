// Who used a core. Several threads on one core wait for each other, so that their own waiting (`waited`) says nothing about
// others there; what the core was busy with and they were not does.
import { readFileSync } from 'node:fs'

const TICK = 0.01

/** Seconds that the cores were busy, or taken away by the host. */
function busySeconds(cores) {
  const wanted = new Set(cores.map((core) => `cpu${core}`))
  let ticks = 0
  for (const line of readFileSync('/proc/stat', 'utf8').split('\n')) {
    const [name, ...fields] = line.split(/\s+/)
    if (!wanted.has(name)) continue
    const [user, nice, system, , , irq, softirq, steal] = fields.map(Number)
    ticks += user + nice + system + irq + softirq + steal
  }
  return ticks * TICK
}

/** CPU seconds of processes so far, their ended threads included. */
function cpuSeconds(pids) {
  let ticks = 0
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks * TICK
}

/**
 * Runs something and says which share of that time others than `pids` used the cores.
 * @template R
 * @param {number[]} cores
 * @param {() => number[]} pids of those processes that are no others
 * @param {() => Promise<R>} run
 * @returns {Promise<R & { waited: number }>}
 */
export async function withOthersShare(cores, pids, run) {
  const own = pids()
  const started = performance.now()
  const before = busySeconds(cores) - cpuSeconds(own)
  const result = await run()
  const others = busySeconds(cores) - cpuSeconds(own) - before
  const elapsed = ((performance.now() - started) / 1000) * cores.length
  return { ...result, waited: Math.max(0, others / elapsed) }
}
