// Runs an ordinary Node, which is built for glibc, on musl: with musl's loader, the C++ libraries of
// Debian, and a shim for the functions that only glibc has. It is a test rig: libuv and the addon truly run on
// musl, but Alpine is another thing, and CI has a job there.
import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { cached } from '../cache.mjs'
import { rigDir } from '../paths.mjs'
import { ensurePackages } from '../prebuild/apt.mjs'
import { musl } from '../prebuild/musl.mjs'
import { arches } from '../prebuild/targets.mjs'
import { run } from '../run.mjs'
import { emulator } from './emulation.mjs'

// The loader of glibc is among the libraries that Node names; on musl its name is free for the shim.
const LOADERS = { x64: 'ld-linux-x86-64.so.2', arm64: 'ld-linux-aarch64.so.1' }

/** What to put before the path of a glibc Node for `arch` to run it on musl. */
export function onMusl(arch) {
  const loader = LOADERS[arch]
  if (!loader) throw new Error(`There is no shim for ${arch}.`)
  const { gnu, compiler } = arches[arch]
  ensurePackages([arch === process.arch ? 'g++' : compiler])
  const { loader: libc, include, libDir } = musl(arch)
  const shim = join(rigDir, 'musl-shim.c')
  const edition = createHash('sha256').update(readFileSync(shim)).digest('hex').slice(0, 8)
  const libraries = cached(join('musl-rig', `${arch}-${edition}`), (directory) => {
    for (const name of ['libstdc++.so.6', 'libgcc_s.so.1']) {
      const library = realpathSync(run(`${gnu}-gcc`, [`-print-file-name=${name}`]).trim())
      copyFileSync(library, join(directory, name))
    }
    const builtins = run(`${gnu}-gcc`, ['-print-file-name=include']).trim()
    run(`${gnu}-gcc`, [
      ...['-shared', '-fPIC', '-O1', '-nostdinc', '-isystem', include, '-isystem', builtins],
      ...['-nostdlib', `-L${libDir}`, shim, '-lc', '-lgcc'],
      ...[`-Wl,-soname,${loader}`, '-o', join(directory, loader)],
    ])
  })
  return [...emulator(arch), libc, '--library-path', libraries]
}
