// Where node-gyp finds Node's headers. A `nodedir` setting (a Node installation with its headers) needs
// no download; without one node-gyp fetches the headers of the version that it builds for.
import { repositoryDir } from './paths.mjs'
import { tryRun } from './run.mjs'

/** The configured nodedir, or undefined. */
export function nodedir() {
  const fromEnvironment = process.env.npm_config_nodedir
  if (fromEnvironment) return fromEnvironment
  // Started by npm, every setting is in the environment already.
  if (process.env.npm_execpath) return undefined
  const { status, stdout } = tryRun('npm', ['config', 'get', 'nodedir'], {
    // Inside a workspace npm refuses to answer.
    cwd: repositoryDir,
  })
  const setting = stdout.trim()
  return status === 0 && setting !== '' && setting !== 'undefined' ? setting : undefined
}

/** The environment for node-gyp: the nodedir setting, and warnings as errors, which a user's own build has not. */
export function gypEnvironment(extra = {}) {
  const setting = nodedir()
  return {
    ...process.env,
    ...(setting === undefined ? {} : { npm_config_nodedir: setting }),
    JOBS: process.env.JOBS ?? 'max',
    REARM_WERROR: '1',
    ...extra,
  }
}
