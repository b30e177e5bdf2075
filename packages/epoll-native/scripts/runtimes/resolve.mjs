// The least that proves that a binary loads: musl's own loader resolves every symbol that it uses. Node-API,
// which a runtime would have, is a program of empty functions made for the purpose.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withScratch } from '../cache.mjs'
import { rigDir } from '../paths.mjs'
import { readBinary } from '../prebuild/elf.mjs'
import { musl } from '../prebuild/musl.mjs'
import { arches } from '../prebuild/targets.mjs'
import { run } from '../run.mjs'
import { emulator } from './emulation.mjs'

/** Resolves `binary` on musl for `arch`; throws with the loader's words, or returns a line for the matrix. */
export function resolveOnMusl(arch, binary) {
  const { gnu } = arches[arch]
  const { include, libDir, devDir, loader } = musl(arch)
  const runtime = readBinary(binary)
    .undefinedSymbols.map(({ name }) => name)
    .filter((name) => /^(napi_|node_api_)/.test(name))
  const builtins = run(`${gnu}-gcc`, ['-print-file-name=include']).trim()
  withScratch('resolve', (directory) => {
    const program = join(directory, 'resolve')
    const source = join(directory, 'runtime.c')
    writeFileSync(source, runtime.map((name) => `void ${name}(void) {}\n`).join(''))
    run(`${gnu}-gcc`, [
      ...['-nostdinc', '-isystem', include, '-isystem', builtins],
      ...['-nostdlib', '-no-pie', '-rdynamic', `-Wl,--dynamic-linker=${loader}`],
      ...[join(devDir, 'crt1.o'), join(rigDir, 'resolve.c'), source],
      ...[`-L${libDir}`, '-lc', '-lgcc', '-o', program],
    ])
    const [command, ...args] = [...emulator(arch), loader, program, binary]
    run(command, args)
  })
  return `${runtime.length} Node-API symbols and all of libc's resolved`
}
