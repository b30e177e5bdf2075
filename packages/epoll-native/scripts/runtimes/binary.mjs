// The binary that the package loads on this machine: the host's own build, or else its prebuilt one.
import { createRequire } from 'node:module'
import { nativeDir } from '../paths.mjs'

/** The path of that binary. */
export function hostBinary() {
  try {
    return createRequire(import.meta.url)('node-gyp-build').resolve(nativeDir)
  } catch (cause) {
    throw new Error('There is no binary for this machine yet. Build it: npm run build', { cause })
  }
}
