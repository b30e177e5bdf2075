// Installing on a machine that cannot compile: no compiler, make or python on PATH.
import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bareEnvironment, findProgram } from './lib/environments.mjs'
import {
  addProgram,
  bareNode,
  bareNpm,
  dependencies,
  installedProject,
  project,
  writeJson,
} from './lib/project.mjs'

function assertEchoes(directory) {
  addProgram(directory, 'round-trip.mjs')
  const program = addProgram(directory, 'import.mjs')
  assert.equal(bareNode(directory, program), 'echoed: hello\n')
}

// npm warns of a package that wants to run something, and says so when node-gyp runs.
const silent = (output) => assert.doesNotMatch(output, /gyp|script|blocked/i)

test('the test machine has no compiler, make or python', () => {
  const { PATH } = bareEnvironment()
  for (const name of ['cc', 'gcc', 'g++', 'c++', 'clang', 'make', 'python', 'python3']) {
    assert.equal(findProgram(name, PATH), undefined, name)
  }
})

test('npm install --ignore-scripts', () => {
  assertEchoes(installedProject())
})

test('npm install, then npm ci from its lock file, with scripts allowed', () => {
  const directory = project('locked', { dependencies: dependencies() })
  silent(bareNpm(directory, 'install'))
  assertEchoes(directory)

  const lock = JSON.parse(readFileSync(join(directory, 'package-lock.json'), 'utf8'))
  const scripted = Object.entries(lock.packages).filter(
    ([, { hasInstallScript }]) => hasInstallScript,
  )
  assert.deepEqual(scripted, [])

  rmSync(join(directory, 'node_modules'), { recursive: true })
  silent(bareNpm(directory, 'ci'))
  assertEchoes(directory)
})

test('npm install and npm ci in a workspace, with scripts allowed', () => {
  const directory = project('workspace', { workspaces: ['members/*'] })
  const member = join(directory, 'members/server')
  writeJson(join(member, 'package.json'), {
    name: 'server',
    version: '1.0.0',
    dependencies: dependencies(),
  })
  silent(bareNpm(directory, 'install'))
  assertEchoes(member)

  rmSync(join(directory, 'node_modules'), { recursive: true })
  silent(bareNpm(directory, 'ci'))
  assertEchoes(member)
})
