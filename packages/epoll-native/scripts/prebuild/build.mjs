// Builds the binary of one target into native/prebuilds.
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { gypEnvironment } from '../nodedir.mjs'
import { cacheDir, nativeDir, prebuildsDir } from '../paths.mjs'
import { run } from '../run.mjs'
import { arches } from './targets.mjs'

// The headers of the oldest Node that the package supports: what they declare, every later one has.
const HEADERS = '20.19.0'

/**
 * Builds `target` with `tools` ({ env, strip }) and returns the binary's path. It is built in a copy of
 * the sources, so that native/build keeps the host's own build.
 */
export function buildTarget(target, tools = {}) {
  const { arch, libc } = target
  const stage = join(cacheDir, 'prebuild', target.name)
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(stage, { recursive: true })
  for (const part of ['binding.gyp', 'src']) {
    cpSync(join(nativeDir, part), join(stage, part), { recursive: true })
  }
  const prebuildify = createRequire(import.meta.url).resolve('prebuildify/bin.js')
  const binary = join(prebuildsDir, target.file)
  rmSync(binary, { force: true })
  const { armv } = arches[arch]
  const options = [
    ...['--napi', '--strip', '--target', HEADERS, '--name', 'epoll-native'],
    ...['--cwd', stage, '--out', nativeDir, '--arch', arch, '--libc', libc, '--tag-libc'],
    ...(armv ? ['--armv', armv, '--tag-armv'] : []),
    ...(tools.strip ? ['--strip-bin', tools.strip] : []),
  ]
  run(process.execPath, [prebuildify, ...options], { env: gypEnvironment(tools.env), cwd: stage })
  return binary
}
