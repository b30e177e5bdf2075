// Runs turbo with its telemetry and remote cache off, whatever the machine's own settings say.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const turbo = createRequire(import.meta.url).resolve('turbo/bin/turbo')

/** What a result depends on besides files: another Node, C library or compiler must not be given this one's. */
function machine() {
  const { glibcVersionRuntime = 'musl' } = process.report.getReport().header
  const { CC = '', CXX = '', npm_config_nodedir: nodedir = '' } = process.env
  return [process.version, process.arch, glibcVersionRuntime, CC, CXX, nodedir].join(' ')
}

/** Runs `turbo ...args` in the repository and returns its exit status. */
export function runTurbo(args, { stdio = 'inherit' } = {}) {
  const { status, error } = spawnSync(process.execPath, [turbo, '--no-update-notifier', ...args], {
    cwd: new URL('..', import.meta.url),
    stdio,
    env: {
      ...process.env,
      REARM_MACHINE: machine(),
      TURBO_TELEMETRY_DISABLED: '1',
      DO_NOT_TRACK: '1',
      TURBO_REMOTE_CACHE_ENABLED: '0',
    },
  })
  if (error) throw error
  return status ?? 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exitCode = runTurbo(process.argv.slice(2))
}
