// The load generator and the server each get a core of their own: otherwise the scheduler moves them
// together and apart within a run, and the figures jump with it.
import { spawnSync } from 'node:child_process'
import { allowedCores } from './machine.mjs'

const cores = allowedCores()
const taskset = cores.length > 1 && spawnSync('taskset', ['-V'], { stdio: 'ignore' }).status === 0

/** Whether processes can be pinned here: two cores or more, and util-linux's taskset. */
export const canPin = taskset

/** Where each side runs: the load generator on the first core, the server alone on the last. */
export const LOAD_CORE = cores[0]
export const SERVER_CORE = cores[cores.length - 1]

/**
 * The command line that runs `command` on one core, or as it is where pinning is not possible.
 * @param {number} core
 * @param {string[]} command
 */
export function pinned(core, command) {
  return taskset ? ['taskset', '-c', String(core), ...command] : command
}
