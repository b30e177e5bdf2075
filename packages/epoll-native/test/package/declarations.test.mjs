// The published declarations hold nothing that the sources mark @internal.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { tarball } from './lib/tarball.mjs'

const marked = (directory, extension) =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(
    (file) =>
      file.endsWith(extension) && readFileSync(join(directory, file), 'utf8').includes('@internal'),
  )

// A comment goes where its declaration goes. (typescript.test.mjs looks for some by name.)
test('no declaration in the tarball is marked @internal', () => {
  const { unpacked } = tarball()
  assert.notDeepEqual(marked(join(unpacked, 'src'), '.ts'), [])
  assert.deepEqual(marked(join(unpacked, 'dist'), '.d.ts'), [])
})
