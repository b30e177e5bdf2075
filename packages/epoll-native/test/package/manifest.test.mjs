// Installing must not compile. npm runs node-gyp by itself for a package with a *.gyp file in its root (and,
// from a lock file, whatever `gypfile` says), and an install script is blocked or warned of by newer clients.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { packageDir } from '../../scripts/paths.mjs'
import { tarball } from './lib/tarball.mjs'

const places = [
  ['the repository', () => packageDir],
  ['the tarball', () => tarball().unpacked],
]

// Everything that npm runs by itself when it installs, links, packs or publishes.
const lifecycle =
  /^(pre|post)?(install|uninstall|prepare|pack|publish|version)$|^(dependencies|prepublishOnly)$/

for (const [place, directory] of places) {
  const manifest = () => JSON.parse(readFileSync(join(directory(), 'package.json'), 'utf8'))

  test(`the manifest in ${place} has no lifecycle script`, () => {
    const scripts = Object.keys(manifest().scripts ?? {})
    assert.deepEqual(
      scripts.filter((name) => lifecycle.test(name)),
      [],
    )
  })

  test(`no script in ${place} is run by itself before or after another one`, () => {
    const scripts = Object.keys(manifest().scripts ?? {})
    const hooks = scripts.flatMap((name) => [`pre${name}`, `post${name}`])
    assert.deepEqual(
      scripts.filter((name) => hooks.includes(name)),
      [],
    )
  })

  test(`the manifest in ${place} says that npm has nothing to compile`, () => {
    assert.equal(manifest().gypfile, false)
  })

  test(`the root of ${place} has no *.gyp`, () => {
    const gyp = readdirSync(directory()).filter((file) => /\.gypi?$/.test(file))
    assert.deepEqual(gyp, [])
  })
}
