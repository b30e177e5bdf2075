// `npm run bench -- NAME [options]`: builds what the suites use, then runs bench/suites/NAME.mjs.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runTurbo } from './turbo.mjs'

const suites = new URL('../bench/suites/', import.meta.url)
const names = readdirSync(suites)
  .filter((file) => file.endsWith('.mjs'))
  .map((file) => file.slice(0, -'.mjs'.length))

const [name, ...options] = process.argv.slice(2)
if (name === undefined || !names.includes(name)) {
  console.error(`usage: npm run bench -- NAME [options]\n\nNAME is one of: ${names.join(', ')}`)
  process.exit(2)
}
const suite = new URL(`${name}.mjs`, suites)
const built = runTurbo(['run', 'build', '--output-logs=errors-only'], {
  stdio: ['ignore', process.stderr, 'inherit'],
})
if (built !== 0) process.exit(built)
const run = spawnSync(process.execPath, [fileURLToPath(suite), ...options], { stdio: 'inherit' })
process.exit(run.status ?? 1)
