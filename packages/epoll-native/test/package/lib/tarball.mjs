// The package, built and packed once for all tests.
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { packageDir } from '../../../scripts/paths.mjs'
import { run } from '../../../scripts/run.mjs'
import { callerEnvironment } from './environments.mjs'
import { scratchDir } from './scratch.mjs'

/** Set for a release: the binaries of all targets are there, and none is built here. */
export const allTargets = process.argv.includes('--all-targets')

let packed

/** { path, unpacked: a directory with its content, files: their paths in it }. */
export function tarball() {
  packed ??= pack()
  return packed
}

function pack() {
  const node = (...args) =>
    run(process.execPath, args, { cwd: packageDir, env: callerEnvironment() })
  run('npm', ['run', 'build'], { cwd: packageDir, env: callerEnvironment() })
  if (!allTargets) node('scripts/prebuild.mjs')

  // Named and listed by looking: npm 11 and npm 12 print different JSON.
  const directory = scratchDir('tarball')
  run('npm', ['pack', '--pack-destination', directory], {
    cwd: packageDir,
    env: callerEnvironment(),
  })
  const path = join(directory, readdirSync(directory)[0])
  run('tar', ['-xzf', path, '-C', directory])
  const unpacked = join(directory, 'package')
  return { path, unpacked, files: filesIn(unpacked) }
}

/** The paths of all files in `directory`, relative to it. */
export function filesIn(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
}
