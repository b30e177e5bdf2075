// A machine without a binary: the import succeeds, every use says what to do, and that works.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { run } from '../../scripts/run.mjs'
import { compilerEnvironment } from './lib/environments.mjs'
import { addProgram, bareNode, bareNpm, installedPackage, project } from './lib/project.mjs'
import { tarball } from './lib/tarball.mjs'

test('without a binary every use names the command that builds one, and it does', () => {
  const directory = project('no-binary')
  bareNpm(directory, 'install', tarball().path)
  rmSync(join(installedPackage(directory), 'native/prebuilds'), { recursive: true })

  const answer = JSON.parse(bareNode(directory, addProgram(directory, 'unavailable.mjs')))
  assert.equal(answer.code, 'ERR_EPOLL_NATIVE_NO_BINARY')
  const command = /npx node-gyp\S* rebuild -C \S+$/.exec(answer.message)?.[0]
  assert.ok(command, answer.message)

  run('sh', ['-c', command], {
    cwd: directory,
    env: compilerEnvironment({ npm_config_yes: 'true' }),
  })
  addProgram(directory, 'round-trip.mjs')
  assert.equal(bareNode(directory, addProgram(directory, 'import.mjs')), 'echoed: hello\n')
})
