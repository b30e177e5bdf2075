// Refuses a binary that would load in fewer places than the package promises.
import { readBinary } from './elf.mjs'
import { muslSymbols } from './musl.mjs'
import { arches } from './targets.mjs'

const NEWEST_GLIBC = [2, 28] // Node 20's own floor
const EXPORTS = new Set(['napi_register_module_v1', 'node_api_module_get_api_version_v1'])
// Node-API comes from the runtime; the rest are weak marks of the compiler.
const RUNTIME = /^(napi_|node_api_|_ITM_|__gmon_start__$|__cxa_finalize$)/

function isNewer(version, floor) {
  const [major, minor = 0] = version.split('.').map(Number)
  return major > floor[0] || (major === floor[0] && minor > floor[1])
}

const glibcVersions = ({ versions }) =>
  versions.filter((name) => name.startsWith('GLIBC_')).map((name) => name.slice('GLIBC_'.length))

/** What is wrong with `file` as the binary of `target` ({ arch, libc }): an array of sentences. */
export function findProblems(file, { arch, libc }) {
  const binary = readBinary(file)
  const problems = []
  const report = (what, names) => names.length > 0 && problems.push(`${what}: ${names.join(', ')}`)

  if (binary.machine !== arches[arch].machine)
    problems.push(`is for ${binary.machine}, not ${arch}`)

  const libcName = libc === 'glibc' ? /^libc\.so\.6$/ : /^libc\.(so|musl-\w+\.so\.1)$/
  report(
    'needs more than libc',
    binary.needed.filter((name) => !libcName.test(name)),
  )
  // Without a NEEDED libc, a whole libc may have been linked in.
  if (binary.needed.length === 0) problems.push('names no libc')

  report(
    `needs a glibc newer than ${NEWEST_GLIBC.join('.')}`,
    glibcVersions(binary).filter((version) => libc === 'musl' || isNewer(version, NEWEST_GLIBC)),
  )
  report(
    'needs versions of a library other than libc',
    binary.versions.filter((name) => !name.startsWith('GLIBC_')),
  )

  // The glibc binaries too: node-gyp-build takes them on a musl system that is not Alpine.
  const known = muslSymbols(arch)
  report(
    'uses what musl has not',
    binary.undefinedSymbols
      .filter(({ name }) => !RUNTIME.test(name) && !name.startsWith('uv_') && !known.has(name))
      .map(({ name }) => name),
  )
  report(
    'would not load in a runtime without libuv, the references must be weak',
    binary.undefinedSymbols
      .filter(({ name, weak }) => name.startsWith('uv_') && !weak)
      .map(({ name }) => name),
  )
  report(
    'exports more than its entry points',
    binary.exported.filter((name) => !EXPORTS.has(name)),
  )
  for (const name of EXPORTS) {
    if (!binary.exported.includes(name)) problems.push(`does not export ${name}`)
  }
  // Kernels with 64 KiB pages are common on arm64.
  if (arch === 'arm64' && binary.alignment < 0x10000) problems.push('does not load on 64 KiB pages')
  return problems
}

/** Throws unless `file` is fit to be the binary of `target`; returns a line that says what it needs. */
export function assertBinary(file, target) {
  const problems = findProblems(file, target)
  if (problems.length > 0) {
    throw new Error(`${file} must not be published:\n${problems.map((p) => `  ${p}`).join('\n')}`)
  }
  const binary = readBinary(file)
  const newest = glibcVersions(binary)
    .sort((a, b) => (isNewer(a, b.split('.').map(Number)) ? 1 : -1))
    .at(-1)
  return `needs ${binary.needed.join(' ')}${newest ? ` (GLIBC_${newest})` : ''}`
}
