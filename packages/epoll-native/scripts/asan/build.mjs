// Builds the addon with AddressSanitizer and UndefinedBehaviorSanitizer, from a copy of native/, so that the
// ordinary binary stays what it is. Returns the binary's path.
import { cpSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { gypEnvironment } from '../nodedir.mjs'
import { cacheDir, nativeDir } from '../paths.mjs'
import { run } from '../run.mjs'

const sanitize = '-fsanitize=address,undefined -fno-sanitize-recover=all'

export function buildSanitized() {
  const copy = join(cacheDir, 'asan', 'native')
  mkdirSync(copy, { recursive: true })
  for (const part of ['binding.gyp', 'src']) {
    // With the times, so that make builds only what has changed.
    cpSync(join(nativeDir, part), join(copy, part), { recursive: true, preserveTimestamps: true })
  }
  const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
  run(process.execPath, [nodeGyp, 'configure', 'build', '--release', '-C', copy], {
    env: gypEnvironment({
      // They come after the flags of binding.gyp. The old symbol versions of pthread_create would pass the
      // sanitizer's own by.
      CXXFLAGS: `${sanitize} -O1 -g -fno-omit-frame-pointer -DREARM_NO_SYMVER`,
      LDFLAGS: sanitize,
    }),
  })
  return join(copy, 'build/Release/epoll_native.node')
}

/** The sanitizer's own library, which must be in the process before the addon is. */
export function sanitizerLibrary() {
  return run(process.env.CC ?? 'gcc', ['-print-file-name=libasan.so']).trim()
}
