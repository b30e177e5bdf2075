// musl for every architecture, unpacked from Debian: headers and libc to link with, and the loader that
// runs a musl program. It is the oldest musl that the binaries promise to load with (1.2.3).
import { join } from 'node:path'
import { tryRun } from '../run.mjs'
import { unpackPackages } from './apt.mjs'
import { arches } from './targets.mjs'

/** Where the parts of musl for `arch` are. */
export function musl(arch) {
  const { debian, musl: triplet } = arches[arch]
  const root = unpackPackages(debian, ['musl', 'musl-dev'])
  const libDir = join(root, 'lib', triplet)
  return {
    include: join(root, 'usr/include', triplet),
    // The directory with libc.so. musl-dev's own has only libc.a, and linking with that would put a
    // whole second libc, with its own malloc and errno, into the binary without a word.
    libDir,
    devDir: join(root, 'usr/lib', triplet),
    loader: join(libDir, 'libc.so'),
  }
}

/** The names of the symbols that musl for `arch` defines. */
export function muslSymbols(arch) {
  const { status, stdout, output } = tryRun('readelf', ['--dyn-syms', '-W', musl(arch).loader])
  if (status !== 0) throw new Error(output)
  return new Set(
    stdout
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields.length >= 8 && fields[6] !== 'UND')
      .map((fields) => fields[7]),
  )
}
