// The environments that programs are started in.
import { accessSync, constants, existsSync, realpathSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { gypEnvironment } from '../../../scripts/nodedir.mjs'
import { scratchDir } from './scratch.mjs'

// What `npm run` says of this repository. A setting such as npm_config_workspace would send the npm of another
// project to it.
const ofThisProject =
  /^(npm_(package|lifecycle|command|config_(local_prefix|workspaces?|include_workspace_root|ignore_scripts))|INIT_CWD$|NODE_OPTIONS$|NODE_PATH$|NODE_TEST_CONTEXT$)/i

/** The caller's environment, as it was before npm started this. */
export function callerEnvironment(extra = {}) {
  const entries = Object.entries(process.env).filter(([name]) => !ofThisProject.test(name))
  return { ...Object.fromEntries(entries), ...quietNpm, ...extra }
}

const quietNpm = {
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
  npm_config_prefer_offline: 'true',
}

/** With the compiler, and with the headers where a `nodedir` setting says that they are. */
export function compilerEnvironment(extra = {}) {
  const { npm_config_nodedir, JOBS } = gypEnvironment()
  return callerEnvironment({ JOBS, ...(npm_config_nodedir && { npm_config_nodedir }), ...extra })
}

let bareBin

/** Without compiler, make or python: a machine on which there is Node and nothing to build with. */
export function bareEnvironment() {
  bareBin ??= linkPrograms(scratchDir('bin'))
  return callerEnvironment({
    PATH: bareBin,
    CC: '/bin/false',
    CXX: '/bin/false',
    PYTHON: '/bin/false',
  })
}

const coreutils =
  'basename cat chmod cp cut date dirname echo expr false head id ln ls mkdir mktemp mv printf pwd ' +
  'readlink realpath rm rmdir sleep sort stat tail tee test touch tr true uname wc whoami'

function linkPrograms(directory) {
  symlinkSync(process.execPath, join(directory, 'node'))
  symlinkSync(npmProgram(), join(directory, 'npm'))
  for (const name of ['sh', 'env', ...coreutils.split(' ')]) {
    const program = findProgram(name)
    if (program !== undefined) symlinkSync(program, join(directory, name))
  }
  return directory
}

// The npm that runs this; else the one on PATH. Its real file, because it looks for its library beside itself.
function npmProgram() {
  const { npm_execpath: running } = process.env
  if (running !== undefined && /npm-cli\.js$/.test(running) && existsSync(running)) return running
  const found = findProgram('npm')
  if (found === undefined) throw new Error('there is no npm on PATH')
  return realpathSync(found)
}

/** Where on `path` the program called `name` is, or undefined. */
export function findProgram(name, path = process.env.PATH ?? '') {
  return path
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
