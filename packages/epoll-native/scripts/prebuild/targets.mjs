// The machines that a binary is built for.

// One entry per processor: what Debian calls it, and what the compilers do.
export const arches = {
  x64: {
    debian: 'amd64',
    gnu: 'x86_64-linux-gnu',
    musl: 'x86_64-linux-musl',
    compiler: 'g++-x86-64-linux-gnu',
    machine: 'Advanced Micro Devices X86-64',
    qemu: 'qemu-x86_64-static',
  },
  arm64: {
    debian: 'arm64',
    gnu: 'aarch64-linux-gnu',
    musl: 'aarch64-linux-musl',
    compiler: 'g++-aarch64-linux-gnu',
    machine: 'AArch64',
    qemu: 'qemu-aarch64-static',
  },
  // Debian's 32-bit arm libraries are ARMv7, so the binary is marked for it: an older processor
  // builds from source instead of meeting an illegal instruction.
  arm: {
    debian: 'armhf',
    gnu: 'arm-linux-gnueabihf',
    musl: 'arm-linux-musleabihf',
    clang: 'armv7-linux-musleabihf',
    compiler: 'g++-arm-linux-gnueabihf',
    machine: 'ARM',
    qemu: 'qemu-arm-static',
    armv: '7',
  },
}

const target = (arch, libc) => ({
  name: `linux-${arch}-${libc}`,
  arch,
  libc,
  // What node-gyp-build looks for, relative to native/prebuilds.
  file: `linux-${arch}/epoll-native${arches[arch].armv ? `.armv${arches[arch].armv}` : ''}.${libc}.node`,
})

export const targets = Object.keys(arches).flatMap((arch) => [
  target(arch, 'glibc'),
  target(arch, 'musl'),
])

/** The targets called `names`; all of them when there are none. */
export function pickTargets(names) {
  if (names.length === 0) return targets
  return names.map((name) => {
    const found = targets.find((each) => each.name === name)
    if (found) return found
    throw new Error(
      `no target is called ${name}; there are: ${targets.map((t) => t.name).join(', ')}`,
    )
  })
}
