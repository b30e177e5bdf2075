// `import` and `require()`: both work, and share one instance.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addProgram, bareNode, installedProject } from './lib/project.mjs'

for (const program of ['import.mjs', 'require.cjs']) {
  test(`the echo round trip from ${program}`, () => {
    const directory = installedProject()
    addProgram(directory, 'round-trip.mjs')
    // Its whole output: a deprecation or experimental warning would be seen.
    assert.equal(bareNode(directory, addProgram(directory, program)), 'echoed: hello\n')
  })
}

test('import and require() share one instance of every entry point', () => {
  const directory = installedProject()
  assert.equal(bareNode(directory, addProgram(directory, 'one-instance.cjs')), 'one instance\n')
})

test('nothing below the entry points can be imported', () => {
  const program = "import('@rearm/epoll-native/dist/native.js').catch((e) => console.log(e.code))"
  assert.equal(bareNode(installedProject(), '--eval', program), 'ERR_PACKAGE_PATH_NOT_EXPORTED\n')
})
