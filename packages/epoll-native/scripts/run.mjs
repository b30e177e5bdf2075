// Runs other programs quietly: their output is shown only when they fail.
import { spawnSync } from 'node:child_process'

/** Runs `command` and returns { status, stdout, output }; never throws for what the program answers. */
export function tryRun(command, args, options = {}) {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  })
  const output = `${stdout ?? ''}${stderr ?? ''}${error ? `${error.message}\n` : ''}${
    signal ? `ended by ${signal}\n` : ''
  }`
  return { status: error || signal ? 1 : status, stdout: stdout ?? '', output }
}

/** Runs `command` and returns what it printed; throws with its whole output when it fails. */
export function run(command, args, options = {}) {
  const { status, stdout, output } = tryRun(command, args, options)
  if (status !== 0) {
    throw new Error(`${output}\n${[command, ...args].join(' ')}\nfailed with status ${status}`)
  }
  return stdout
}

/** Calls `main` and turns an exception into its message and exit status 1. */
export async function runMain(main) {
  try {
    await main()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
