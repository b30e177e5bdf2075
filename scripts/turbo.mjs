// Runs turbo with its telemetry and remote cache off, whatever the machine's own settings say.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'

const turbo = createRequire(import.meta.url).resolve('turbo/bin/turbo')

/** Runs `turbo ...args` in the repository and returns its exit status. */
export function runTurbo(args, { stdio = 'inherit' } = {}) {
  const { status, error } = spawnSync(process.execPath, [turbo, '--no-update-notifier', ...args], {
    cwd: new URL('..', import.meta.url),
    stdio,
    env: {
      ...process.env,
      TURBO_TELEMETRY_DISABLED: '1',
      DO_NOT_TRACK: '1',
      TURBO_REMOTE_CACHE_ENABLED: '0',
    },
  })
  if (error) throw error
  return status ?? 1
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  process.exitCode = runTurbo(process.argv.slice(2))
}
