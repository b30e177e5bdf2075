// Runs an ordinary Node, which is built for glibc, on musl: with musl's loader, the C++ libraries of
// Debian, and a shim for the functions that only glibc has. It is a test rig: libuv and the addon truly run on
// musl, but Alpine is another thing, and CI has a job there.
import { copyFileSync, existsSync, mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir, rigDir } from '../paths.mjs'
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
  const libraries = join(cacheDir, 'musl-rig', arch)
  mkdirSync(libraries, { recursive: true })
  for (const name of ['libstdc++.so.6', 'libgcc_s.so.1']) {
    const copy = join(libraries, name)
    if (existsSync(copy)) continue
    copyFileSync(realpathSync(run(`${gnu}-gcc`, [`-print-file-name=${name}`]).trim()), copy)
  }
  const builtins = run(`${gnu}-gcc`, ['-print-file-name=include']).trim()
  run(`${gnu}-gcc`, [
    ...['-shared', '-fPIC', '-O1', '-nostdinc', '-isystem', include, '-isystem', builtins],
    ...['-nostdlib', `-L${libDir}`, join(rigDir, 'musl-shim.c'), '-lc', '-lgcc'],
    ...[`-Wl,-soname,${loader}`, '-o', join(libraries, loader)],
  ])
  return [...emulator(arch), libc, '--library-path', libraries]
}
