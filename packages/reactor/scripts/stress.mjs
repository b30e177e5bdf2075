// npm run stress -- --seconds 30 --seed 7: threads that borrow descriptors, longer than CI runs it. The seed is printed.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
})
console.log(`${values.seconds} s, seed ${values.seed}`)
const { status } = spawnSync('vitest', ['run', 'test/threads/storm.test.ts'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  env: { ...process.env, STRESS_SECONDS: values.seconds, STRESS_SEED: values.seed },
  stdio: 'inherit',
})
process.exitCode = status ?? 1
