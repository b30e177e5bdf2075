import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Storm } from './storm.js'

// CI counts answers; `npm run stress -- --seconds 30` goes on for a time.
const { STRESS_SECONDS, STRESS_SEED = '20240229' } = process.env
const seconds = Number(STRESS_SECONDS ?? 0)

function isOver(): (answers: number) => boolean {
  if (seconds === 0) return (answers) => answers >= 60_000
  const end = performance.now() + seconds * 1000
  return () => performance.now() > end
}

test(
  '4 threads answer 1000 connections through borrowed descriptors, and nothing is mixed up, lost or leaked',
  async () => {
    const before = readdirSync('/proc/self/fd').length
    const storm = new Storm({
      connections: 1000,
      workers: 4,
      seed: Number(STRESS_SEED),
      isOver: isOver(),
    })
    await storm.run()
    const { rebuilds, events, stale, spurious, ghosts } = storm.reactor.stats()
    if (seconds > 0) console.log({ ...storm.counts, rebuilds, events, stale, spurious, ghosts })
    expect(storm.counts.closed).toBeGreaterThan(0)
    expect(storm.counts.revoked).toBeGreaterThan(0)
    expect(storm.counts.kills).toBeGreaterThan(0)
    expect(rebuilds).toBeGreaterThan(0)
    expect(readdirSync('/proc/self/fd')).toHaveLength(before)
  },
  120_000 + seconds * 1000,
)
