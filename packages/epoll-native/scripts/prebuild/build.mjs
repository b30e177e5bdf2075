// Builds the binary of one target into native/prebuilds.
import { cpSync, mkdirSync, renameSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { withScratch } from '../cache.mjs'
import { gypEnvironment } from '../nodedir.mjs'
import { nativeDir, prebuildsDir } from '../paths.mjs'
import { run } from '../run.mjs'
import { arches } from './targets.mjs'

// The headers of the oldest Node that the package supports: what they declare, every later one has.
const HEADERS = '20.19.0'

/**
 * Builds `target` with `tools` ({ env, strip }) in a copy of the sources, so that native/build keeps the
 * host's own build. `check(path)` throws when the binary will not do; then native/prebuilds stays as it was.
 * Returns the binary's path and what `check` returned.
 */
export function buildTarget(target, tools, check) {
  return withScratch(target.name, (stage) => {
    const built = compile(target, tools, stage)
    const verdict = check(built)
    const binary = join(prebuildsDir, target.file)
    mkdirSync(dirname(binary), { recursive: true })
    // Replaced at once: whoever loads it meanwhile finds the old one or the new one.
    renameSync(built, binary)
    return { binary, verdict }
  })
}

function compile({ arch, libc, file }, { env, strip }, stage) {
  for (const part of ['binding.gyp', 'src']) {
    cpSync(join(nativeDir, part), join(stage, part), { recursive: true })
  }
  const prebuildify = createRequire(import.meta.url).resolve('prebuildify/bin.js')
  const { armv } = arches[arch]
  const options = [
    ...['--napi', '--strip', '--target', HEADERS, '--name', 'epoll-native'],
    ...['--cwd', stage, '--arch', arch, '--libc', libc, '--tag-libc'],
    ...(armv ? ['--armv', armv, '--tag-armv'] : []),
    ...(strip ? ['--strip-bin', strip] : []),
  ]
  run(process.execPath, [prebuildify, ...options], { env: gypEnvironment(env), cwd: stage })
  return join(stage, 'prebuilds', file)
}
