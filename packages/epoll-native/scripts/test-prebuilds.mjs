// `npm run test:prebuilds [TARGET...]`: tries the gate on binaries that it must refuse, then loads every
// binary as far as that is possible on this machine, under emulation where it is for another processor.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { prebuildsDir } from './paths.mjs'
import { tryGate } from './prebuild/gate-trial.mjs'
import { pickTargets } from './prebuild/targets.mjs'
import { runMain } from './run.mjs'
import { loadTest } from './runtimes/load-test.mjs'
import { onOldGlibc } from './runtimes/old-glibc.mjs'
import { resolveOnMusl } from './runtimes/resolve.mjs'
import { rigFor } from './runtimes/rigs.mjs'
import { fetchNode } from './runtimes/runtimes.mjs'

function tryTarget(target) {
  const binary = join(prebuildsDir, target.file)
  if (!existsSync(binary)) {
    console.log(`FAILED  ${target.name}: ${binary} is missing. Build it: npm run prebuild:all`)
    return false
  }
  const { command, reason } = rigFor(target)
  if (command) {
    const loads = loadTest(target.name, command, binary, { libc: target.libc })
    if (target.arch !== process.arch || target.libc !== 'glibc') return loads
    const old = [...onOldGlibc(), fetchNode(target.arch, 20)]
    return loadTest(`${target.name} 2.31`, old, binary) && loads
  }
  console.log(`ok  ${target.name.padEnd(22)} ${resolveOnMusl(target.arch, binary)} (${reason})`)
  return true
}

runMain(() => {
  tryGate()
  const results = pickTargets(process.argv.slice(2)).map(tryTarget)
  if (results.includes(false)) process.exitCode = 1
})
