// npm run test:model -- --runs 200000 --seed 7: the model-based test, longer than CI runs it. The seed is printed.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** Sequences per process: the event arrays of so many reactors are given back only on an event loop, or at the end. */
const most = 50_000

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
})
const total = Number(values.runs)
for (let done = 0; done < total; done += most) {
  const runs = String(Math.min(most, total - done))
  const seed = String((Number(values.seed) + done) % 2 ** 31)
  console.log(`${runs} sequences, seed ${seed}`)
  const { status } = spawnSync('vitest', ['run', 'test/model'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, MODEL_RUNS: runs, MODEL_SEED: seed },
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
