// `npm run check:binaries`: holds every binary in native/prebuilds against what the package promises.
// With --all it is an error when the binary of a target is missing.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { prebuildsDir } from './paths.mjs'
import { assertBinary } from './prebuild/gate.mjs'
import { targets } from './prebuild/targets.mjs'
import { runMain } from './run.mjs'

runMain(() => {
  const all = process.argv.includes('--all')
  const present = targets.filter((target) => existsSync(join(prebuildsDir, target.file)))
  if (present.length === 0 || (all && present.length < targets.length)) {
    const missing = targets.filter((target) => !present.includes(target)).map(({ name }) => name)
    throw new Error(`No binary of ${missing.join(', ')}. Build them: npm run prebuild:all`)
  }
  for (const target of present) {
    console.log(
      `${target.name.padEnd(18)} ${assertBinary(join(prebuildsDir, target.file), target)}`,
    )
  }
})
