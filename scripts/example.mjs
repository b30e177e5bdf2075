// `npm run example -- NAME [options]`: builds, then runs packages/examples/src/NAME. `npm start` runs the main one.
// Standard output is the program's alone: what the build says goes to standard error.
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runTurbo } from './turbo.mjs'

const sources = new URL('../packages/examples/src/', import.meta.url)
const names = readdirSync(sources).filter((name) => existsSync(new URL(`${name}/main.ts`, sources)))

/** Builds the examples and runs one in this process, so that signals reach it as they come. */
export async function runExample(name, options) {
  if (name === undefined || !names.includes(name)) {
    console.error(`usage: npm run example -- NAME [options]\n\nNAME is one of: ${names.join(', ')}`)
    process.exitCode = 2
    return
  }
  const built = runTurbo(
    ['run', 'build', '--filter=@rearm/examples', '--output-logs=errors-only'],
    {
      stdio: ['ignore', process.stderr, 'inherit'],
    },
  )
  if (built !== 0) {
    process.exitCode = built
    return
  }
  const program = new URL(`../packages/examples/dist/${name}/main.js`, import.meta.url)
  process.argv = [process.argv[0], fileURLToPath(program), ...options]
  await import(program.href)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, ...options] = process.argv.slice(2)
  await runExample(name, options)
}
