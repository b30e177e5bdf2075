// The pools under measurement, and the closed loop that measures most of them.
import { setTimeout as sleep } from 'node:timers/promises'
import { pools } from '../../peers/pools/index.mjs'

export const OURS = '@rearm/workqueue'
export const PISCINA = ['piscina, best', 'piscina, default']
export const names = Object.keys(pools)
export { pools }

/**
 * Pools of `threads`, each of which has answered. One that does not come up is left out, and said so.
 * @returns {Promise<{ name: string, pool: any }[]>}
 */
export async function openAll(threads) {
  const opened = []
  for (const name of names) {
    try {
      const pool = await pools[name](threads)
      await Promise.race([
        pool.run('echo', 1),
        sleep(10_000, undefined, { ref: false }).then(() => {
          throw new Error('no answer in 10 s')
        }),
      ])
      opened.push({ name, pool })
    } catch (error) {
      console.log(`${name} does not run here: ${error.message}`)
    }
  }
  return opened
}

export async function closeAll(opened) {
  await Promise.all(opened.map(({ pool }) => pool.close()))
}

/** Jobs per second with `inFlight` clients, each of which waits for its answer before it pushes again. */
export async function throughput(pool, inputs, inFlight, ms) {
  let done = 0
  // A flag and not the clock: reading it costs a tenth of the fastest hand-off.
  let isOver = false
  setTimeout(() => {
    isOver = true
  }, ms)
  const start = performance.now()
  const client = async (i) => {
    while (!isOver) {
      await pool.run('echo', inputs[i % inputs.length])
      done++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, (_, i) => client(i)))
  return done / ((performance.now() - start) / 1000)
}

/** What an action takes of the CPU, in all threads of this process, and of the time, in milliseconds. */
export async function costOf(action) {
  const before = process.cpuUsage()
  const start = performance.now()
  await action()
  const { user, system } = process.cpuUsage(before)
  return { cpu: (user + system) / 1000, wall: performance.now() - start }
}
