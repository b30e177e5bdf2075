// What is in the tarball: all that it takes to run, to debug and to build from source, and nothing else.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { packageDir } from '../../scripts/paths.mjs'
import { targets } from '../../scripts/prebuild/targets.mjs'
import { allTargets, filesIn, tarball } from './lib/tarball.mjs'

const binaries = targets.map(({ file }) => `native/prebuilds/${file}`)

const sources = (directory) =>
  filesIn(join(packageDir, directory)).map((file) => `${directory}/${file}`)

/** What src/`path`.ts becomes. */
const compiled = (path) => [
  ...['js', 'js.map', 'd.ts', 'd.ts.map'].map((extension) => `dist/${path}.${extension}`),
  `dist/cjs/${path}.d.ts`,
]

function expectedFiles() {
  const typescript = sources('src')
  const optional = ['README.md', 'CHANGELOG.md']
  return [
    ...['package.json', 'LICENSE', 'binding.cjs', 'native/binding.gyp'],
    ...optional.filter((file) => existsSync(join(packageDir, file))),
    ...typescript,
    ...typescript.flatMap((file) => compiled(file.slice('src/'.length, -'.ts'.length))),
    ...['package.json', 'index.js', 'socket/index.js', 'io/index.js'].map(
      (file) => `dist/cjs/${file}`,
    ),
    ...sources('native/src'),
  ]
}

test('the tarball has every file that belongs to it, and no other', () => {
  const others = tarball().files.filter((file) => !binaries.includes(file))
  assert.deepEqual(others.sort(), expectedFiles().sort())
})

test(
  allTargets
    ? 'the tarball has the binary of every target'
    : "the tarball has this machine's binary",
  () => {
    const libc = existsSync('/etc/alpine-release') ? 'musl' : 'glibc'
    const needed = targets
      .filter((target) => allTargets || (target.arch === process.arch && target.libc === libc))
      .map(({ file }) => `native/prebuilds/${file}`)
    assert.ok(needed.length > 0)
    const missing = needed.filter((file) => !tarball().files.includes(file))
    assert.deepEqual(missing, [])
  },
)
