// Runs test/binaries/load-test.mjs with a runtime and a binary.
import { join } from 'node:path'
import { rigDir } from '../paths.mjs'
import { tryRun } from '../run.mjs'

/** Only ends one that hangs: under emulation, beside other work, it takes its time. */
const LIMIT_MS = 900_000

/**
 * Loads `binary` with the runtime of `command`; prints one line of the matrix and returns whether it went
 * well. `engines`: the watcher engines to try, all unless given. `libc`: the one that it must have run on.
 */
export function loadTest(label, command, binary, { engines = [], libc = 'glibc' } = {}) {
  const [program, ...args] = [...command, join(rigDir, 'load-test.mjs'), binary, ...engines]
  const start = performance.now()
  const { status, stdout, output } = tryRun(program, args, { timeout: LIMIT_MS })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  const result = status === 0 ? JSON.parse(stdout.trim().split('\n').at(-1)) : undefined
  if (result?.libc !== libc) {
    console.log(`FAILED  ${label}\n${output}\n  ${[program, ...args].join(' ')}`)
    return false
  }
  console.log(
    `ok  ${label.padEnd(22)} ${result.runtime.padEnd(14)} ${result.arch.padEnd(5)} ` +
      `${result.libc.padEnd(5)} ${result.engines.join('+').padEnd(9)} ` +
      `${result.workers} workers  ${seconds} s`,
  )
  return true
}
