// `npm run soak -- NAME [options]`: builds the examples, then runs packages/examples/soak/NAME.mjs.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runTurbo } from './turbo.mjs'

const soaks = new URL('../packages/examples/soak/', import.meta.url)
const names = readdirSync(soaks)
  .filter((file) => file.endsWith('.mjs'))
  .map((file) => file.slice(0, -'.mjs'.length))

const [name, ...options] = process.argv.slice(2)
if (name === undefined || !names.includes(name)) {
  console.error(`usage: npm run soak -- NAME [options]\n\nNAME is one of: ${names.join(', ')}`)
  process.exit(2)
}
const soak = new URL(`${name}.mjs`, soaks)
const built = runTurbo(['run', 'build', '--filter=@rearm/examples', '--output-logs=errors-only'], {
  stdio: ['ignore', process.stderr, 'inherit'],
})
if (built !== 0) process.exit(built)
const run = spawnSync(process.execPath, [fileURLToPath(soak), ...options], { stdio: 'inherit' })
process.exit(run.status ?? 1)
