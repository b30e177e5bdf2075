// `npm run test:asan`: the tests, with the addon under AddressSanitizer and UndefinedBehaviorSanitizer: its calls,
// its conformance, the hostile arguments, and fewer rounds of the teardown matrix; then the leak check.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSanitized, sanitizerLibrary } from './asan/build.mjs'
import { nativeDir, packageDir } from './paths.mjs'
import { runMain } from './run.mjs'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const suites = ['test/calls', 'test/conformance', 'test/hostile', 'test/teardown']

function start(args, env) {
  const { status, signal, error } = spawnSync(process.execPath, args, {
    cwd: packageDir,
    stdio: 'inherit',
    env,
  })
  if (error) throw error
  if (status !== 0) throw new Error(`${args.join(' ')}\nfailed: status ${status}, signal ${signal}`)
}

runMain(() => {
  if (process.platform !== 'linux') return console.log('The addon is for Linux alone.')
  const binary = buildSanitized()
  const sanitized = {
    ...process.env,
    LD_PRELOAD: sanitizerLibrary(),
    REARM_SANITIZED: binary,
    REARM_NATIVE: nativeDir.replace(/\/$/, ''),
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --require ${at('asan/preload.cjs')}`,
    UBSAN_OPTIONS: 'print_stacktrace=1',
  }
  const vitest = join(
    createRequire(import.meta.url).resolve('vitest/package.json'),
    '../vitest.mjs',
  )
  const present = suites.filter((suite) => existsSync(join(packageDir, suite)))
  // Node itself leaves memory to the end of the process: leaks are looked for apart.
  const quiet = { ...sanitized, ASAN_OPTIONS: 'detect_leaks=0' }
  // Without this the run would prove nothing.
  start([at('asan/loaded.mjs')], quiet)
  start([vitest, 'run', ...present], quiet)
  if (Number(process.versions.node.split('.')[0]) !== 20) {
    return console.log('The leak check needs Node 20: later ones leak by themselves.')
  }
  const leaks = `suppressions=${at('asan/leaks.supp')}:print_suppressions=0`
  start([at('asan/leaks.mjs')], {
    ...sanitized,
    ASAN_OPTIONS: 'detect_leaks=1',
    LSAN_OPTIONS: leaks,
  })
})
