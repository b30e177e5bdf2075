// The package, built and packed once for all tests.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageDir } from '../../../scripts/paths.mjs'
import { run } from '../../../scripts/run.mjs'
import { callerEnvironment } from './environments.mjs'
import { scratchDir } from './scratch.mjs'

/** Set for a release: the binaries of all targets are there, and none is built here. */
export const allTargets = process.argv.includes('--all-targets')

let packed

/** { path, files: paths in the package, manifest, unpacked: a directory with its content }. */
export function tarball() {
  packed ??= pack()
  return packed
}

function pack() {
  const node = (...args) =>
    run(process.execPath, args, { cwd: packageDir, env: callerEnvironment() })
  run('npm', ['run', 'build'], { cwd: packageDir, env: callerEnvironment() })
  if (!allTargets) node('scripts/prebuild.mjs')

  const directory = scratchDir('tarball')
  const [{ filename, files }] = JSON.parse(
    run('npm', ['pack', '--json', '--pack-destination', directory], {
      cwd: packageDir,
      env: callerEnvironment(),
    }),
  )
  const path = join(directory, filename)
  run('tar', ['-xzf', path, '-C', directory])
  const unpacked = join(directory, 'package')
  return {
    path,
    unpacked,
    files: files.map((file) => file.path),
    manifest: JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')),
  }
}
