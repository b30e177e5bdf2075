// The compilers of a target: g++ for glibc; for musl, clang with libc++'s headers, because libstdc++'s
// headers are those of glibc. Only headers are taken from libc++: the addon links no C++ library.
import { join } from 'node:path'
import { run } from '../run.mjs'
import { ensurePackages, unpackPackages } from './apt.mjs'
import { musl } from './musl.mjs'
import { arches } from './targets.mjs'

const LLVM = '14'

/** Makes the compilers of `target` available; returns the environment that names them, and its strip. */
export function toolchain({ arch, libc }) {
  const { gnu, compiler } = arches[arch]
  // Debian's own compiler goes by its full name too.
  ensurePackages(['python3', 'make', 'binutils', arch === process.arch ? 'g++' : compiler])
  const env = libc === 'glibc' ? glibcCompilers(gnu) : muslCompilers(arch)
  return { env, strip: `${gnu}-strip` }
}

function glibcCompilers(gnu) {
  // 32-bit arm divides and converts 64-bit numbers by functions of libgcc. Its unwinder, which needs
  // a new glibc, stays out, as nothing throws.
  return { CC: `${gnu}-gcc`, CXX: `${gnu}-g++`, LINK: `${gnu}-g++ -static-libgcc` }
}

function muslCompilers(arch) {
  const { debian, gnu, musl: triplet, clang = triplet } = arches[arch]
  ensurePackages([`clang-${LLVM}`])
  const { include, libDir } = musl(arch)
  const libcxx = join(
    unpackPackages(debian, [`libc++-${LLVM}-dev`]),
    `usr/lib/llvm-${LLVM}/include/c++/v1`,
  )
  const builtins = join(run(`clang-${LLVM}`, ['--print-resource-dir']).trim(), 'include')
  const c = `--target=${clang} -nostdinc -isystem ${builtins} -isystem ${include}`
  const cxx =
    `--target=${clang} -nostdinc -nostdinc++ -D_LIBCPP_HAS_MUSL_LIBC ` +
    `-D_LIBCPP_DISABLE_EXTERN_TEMPLATE -isystem ${libcxx} -isystem ${builtins} -isystem ${include}`
  return {
    CC: `clang-${LLVM} ${c}`,
    CXX: `clang++-${LLVM} ${cxx}`,
    // binding.gyp adds the libraries.
    LINK: `${gnu}-gcc -nostdlib -L${libDir}`,
    REARM_MUSL: '1',
  }
}
