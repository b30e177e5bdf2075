// `npm run test:runtimes`: the binary and the package in Bun and in Deno. Their libuv cannot watch a
// descriptor (Bun's aborts, Deno's fires once), so the watcher's thread engine is what is tried.
import { join } from 'node:path'
import { rigDir } from './paths.mjs'
import { runMain, tryRun } from './run.mjs'
import { hostBinary } from './runtimes/binary.mjs'
import { loadTest } from './runtimes/load-test.mjs'
import { fetchBun, fetchDeno } from './runtimes/runtimes.mjs'

/** Uses the built package (dist) as an ES module, as a program would. */
function trySmoke(name, command) {
  const [program, ...args] = [...command, join(rigDir, 'smoke.mjs')]
  const { status, output } = tryRun(program, args, { timeout: 300_000 })
  console.log(status === 0 ? `ok  ${output.trim()}` : `FAILED  the package in ${name}\n${output}`)
  return status === 0
}

runMain(() => {
  const binary = hostBinary()
  const runtimes = {
    bun: [fetchBun(process.arch)],
    deno: [fetchDeno(process.arch), 'run', '--allow-all', '--no-config', '--no-lock'],
  }
  const failed = Object.entries(runtimes).filter(
    ([name, command]) =>
      ![loadTest(name, command, binary, { engines: ['thread'] }), trySmoke(name, command)].every(
        Boolean,
      ),
  )
  if (failed.length > 0) throw new Error(`failed in ${failed.map(([name]) => name).join(', ')}`)
})
