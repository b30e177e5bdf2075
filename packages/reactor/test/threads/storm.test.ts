import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Storm, type StormOptions } from './storm.js'

// CI counts answers; `npm run stress -- --seconds 30` goes on for a time.
const { STRESS_SECONDS, STRESS_SEED = '20240229' } = process.env
const seconds = Number(STRESS_SECONDS ?? 0)
const seed = Number(STRESS_SEED)
const timeout = 120_000 + seconds * 1000

function after(answers: number): (answered: number) => boolean {
  if (seconds === 0) return (answered) => answered >= answers
  const end = performance.now() + seconds * 1000
  return () => performance.now() > end
}

/** Every answer is checked by the storm; afterwards as many descriptors are open as before. */
async function endure(options: StormOptions): Promise<Storm> {
  const before = readdirSync('/proc/self/fd').length
  const storm = new Storm(options)
  await storm.run()
  if (seconds > 0)
    console.log({
      ...storm.counts,
      ...storm.reactor.stats(),
      made: storm.ghosts.made,
      batchSizes: '…',
    })
  expect(readdirSync('/proc/self/fd')).toHaveLength(before)
  return storm
}

test(
  '4 threads answer 1000 connections through borrowed descriptors, and nothing is mixed up, lost or leaked',
  async () => {
    const every = { close: 40, ghost: 500, kill: 5000 }
    const isOver = after(60_000)
    const storm = await endure({ connections: 1000, workers: 4, seed, every, isOver })
    const { closed, revoked, kills } = storm.counts
    expect(Math.min(closed, revoked, kills, storm.reactor.stats().rebuilds)).toBeGreaterThan(0)
  },
  timeout,
)

test(
  'threads that re-arm while the epoll is rebuilt again and again lose nobody',
  async () => {
    const every = { close: 0, ghost: 4, kill: 0 }
    const isOver = after(20_000)
    const storm = await endure({ connections: 16, workers: 2, seed, every, isOver })
    const { rebuilds } = storm.reactor.stats()
    expect(rebuilds).toBeGreaterThan(1000)
    // Each ghost that was made is found once, and nothing else is taken for one.
    expect(storm.reactor.stats().ghosts).toBeLessThanOrEqual(storm.ghosts.made)
  },
  timeout,
)
