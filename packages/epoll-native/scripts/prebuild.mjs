// `npm run prebuild`: the binary for this machine, with its own compiler.
// `npm run prebuild:all`: those of every target. `prebuild.mjs --cross NAME...`: those named.
// Each is checked (see check-binaries.mjs) as soon as it is built.
import { existsSync, statSync } from 'node:fs'
import { buildTarget } from './prebuild/build.mjs'
import { assertBinary } from './prebuild/gate.mjs'
import { pickTargets } from './prebuild/targets.mjs'
import { toolchain } from './prebuild/toolchain.mjs'
import { runMain } from './run.mjs'

function hostTarget() {
  const libc = existsSync('/etc/alpine-release') ? 'musl' : 'glibc'
  return pickTargets([`${process.platform}-${process.arch}-${libc}`])[0]
}

function build(target, tools = {}) {
  const start = performance.now()
  const { binary, verdict } = buildTarget(target, tools, (path) => assertBinary(path, target))
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${target.name.padEnd(18)} ${statSync(binary).size} bytes, ${verdict}, ${seconds} s`)
}

runMain(() => {
  const [mode, ...names] = process.argv.slice(2)
  if (mode === undefined) return build(hostTarget())
  if (mode !== '--cross') throw new Error('usage: prebuild.mjs [--cross [TARGET...]]')
  for (const target of pickTargets(names)) build(target, toolchain(target))
})
