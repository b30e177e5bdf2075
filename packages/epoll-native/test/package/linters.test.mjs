// What publint and Are The Types Wrong say of the tarball, with no rule ignored.
import { test } from 'node:test'
import { run } from '../../scripts/run.mjs'
import { callerEnvironment } from './lib/environments.mjs'
import { tarball } from './lib/tarball.mjs'
import { binOf } from './lib/tools.mjs'

const linter = (name, program, ...args) =>
  run(process.execPath, [binOf(name, program), ...args], { env: callerEnvironment() })

test('publint finds nothing in the tarball', () => {
  linter('publint', 'publint', 'run', tarball().path, '--strict')
})

test('attw finds nothing in the tarball, under every way to resolve modules', () => {
  linter('@arethetypeswrong/cli', 'attw', tarball().path, '--profile', 'strict')
})
