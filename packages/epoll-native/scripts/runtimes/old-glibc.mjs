// Runs Node on the glibc of Debian 11 (2.31), the oldest whose packages Debian's mirrors still have. It comes
// with its own loader, so nothing of the machine's glibc is in the process.
import { join } from 'node:path'
import { unpackPackages } from '../prebuild/apt.mjs'
import { arches } from '../prebuild/targets.mjs'
import { run } from '../run.mjs'

const LOADERS = { x64: 'ld-linux-x86-64.so.2', arm64: 'ld-linux-aarch64.so.1' }

/** What to put before the path of a Node of this machine's own processor. */
export function onOldGlibc() {
  const { debian, gnu } = arches[process.arch]
  const root = unpackPackages(debian, ['libc6', 'libstdc++6', 'libgcc-s1'], {
    label: 'glibc-2.31',
    sources: `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror()} bullseye main\n`,
  })
  const libraries = [join(root, 'lib', gnu), join(root, 'usr/lib', gnu)]
  return [join(libraries[0], LOADERS[process.arch]), '--library-path', libraries.join(':')]
}

/** The mirror that this machine has Debian's packages from. */
function mirror() {
  const format = '$(ORIGIN)|$(SUITE)|$(REPO_URI)'
  const lines = run('apt-get', ['indextargets', '--format', format]).split('\n')
  // Not that of the security updates, which has only those.
  const found = lines
    .map((line) => line.split('|'))
    .find(([origin, , uri]) => origin === 'Debian' && !/security/.test(uri))
  if (found) return found[2]
  throw new Error('No apt source of this machine is Debian. The load test needs Debian 12.')
}
