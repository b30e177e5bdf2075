// Runs one of the C load generators and reads its line of JSON.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { compileC } from './compile.mjs'
import { LOAD_CORE, pinned } from './pin.mjs'

/**
 * Turns `{ connections: 64, pid: [1, 2], quiet: true }` into `--connections 64 --pid 1 --pid 2 --quiet`.
 * @param {Record<string, true | string | number | (string | number)[]>} options
 */
function commandLine(options) {
  return Object.entries(options).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [value].flat().flatMap((one) => [`--${name}`, String(one)]),
  )
}

/**
 * Runs the load generator to its end. Its own message is on stderr when it fails.
 * @param {Record<string, true | string | number | (string | number)[]>} options as on its command line
 * @param {{ program?: string, command?: string[], core?: number | null }} [how] another generator, what
 *   follows its options, and its core (null: it pins itself)
 * @returns {Promise<any>} what it measured
 */
export async function runLoad(
  options,
  { program = 'load/tcp-load.c', command = [], core = LOAD_CORE } = {},
) {
  const line = [compileC(program), ...commandLine(options), ...command]
  const [first, ...args] = core === null ? line : pinned(core, line)
  const child = spawn(first, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [status, signal]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (status !== 0) throw new Error(`the load generator failed (${signal ?? status})`)
  return JSON.parse(output)
}
