// npm run test:model -- --runs 200000 --seed 7: the model-based test, longer than CI runs it. The seed is printed.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
})
console.log(`${values.runs} sequences, seed ${values.seed}`)
const { status } = spawnSync('vitest', ['run', 'test/model'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  env: { ...process.env, MODEL_RUNS: values.runs, MODEL_SEED: values.seed },
  stdio: 'inherit',
})
process.exitCode = status ?? 1
