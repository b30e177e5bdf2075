// Runs programs of another processor, by QEMU's user-mode emulation.
import { ensurePackages } from '../prebuild/apt.mjs'
import { arches } from '../prebuild/targets.mjs'

/**
 * What to put before the command line of a program for `arch`, [] for this machine's own. With `libraries` the
 * program's glibc is the one that comes with Debian's cross compiler.
 */
export function emulator(arch, { libraries = false } = {}) {
  if (arch === process.arch) return []
  const { gnu, compiler, qemu } = arches[arch]
  ensurePackages(['qemu-user-static', ...(libraries ? [compiler] : [])])
  return [qemu, ...(libraries ? ['-L', `/usr/${gnu}`] : [])]
}
