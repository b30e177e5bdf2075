// Proves that the gate refuses what it must: small libraries, each with one fault, compiled on the spot.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withScratch } from '../cache.mjs'
import { run } from '../run.mjs'
import { ensurePackages } from './apt.mjs'
import { findProblems } from './gate.mjs'
import { arches } from './targets.mjs'

const ENTRY_POINTS =
  'extern "C" void napi_register_module_v1() {}\nextern "C" int node_api_module_get_api_version_v1() { return 8; }\n'

// What is wrong, the source that has it, the compiler's options, and a word of the gate's answer.
const FAULTS = [
  [
    'libstdc++',
    '#include <string>\nint f(int n) { throw std::string(n, 0); }',
    [],
    'libstdc++.so.6',
  ],
  [
    'libstdc++ linked in',
    '#include <string>\nint f(int n) { throw std::string(n, 0); }',
    ['-static-libstdc++', '-static-libgcc'],
    'newer than 2.28',
  ],
  [
    'a new glibc',
    '#include <pthread.h>\nint f() { return pthread_create(0, 0, 0, 0); }',
    [],
    'newer than 2.28',
  ],
  [
    'a symbol of glibc alone',
    'extern "C" int fcntl64(int, int);\nint f() { return fcntl64(0, 0); }',
    [],
    'musl has not',
  ],
  [
    'libuv taken for granted',
    'extern "C" void uv_poll_init();\nvoid f() { uv_poll_init(); }',
    [],
    'must be weak',
  ],
  [
    'a further export',
    'extern "C" __attribute__((visibility("default"))) void extra() {}',
    [],
    'exports more',
  ],
  ['no libc', '', ['-nostdlib'], 'names no libc'],
]

const DEFAULTS = [
  '-shared',
  '-fPIC',
  '-O1',
  '-fvisibility=hidden',
  '-Wl,--no-as-needed',
  '-x',
  'c++',
]

/** Throws unless the gate accepts a sound library and refuses each of the faults. */
export function tryGate() {
  ensurePackages(['g++', 'binutils'])
  withScratch('gate', (directory) => {
    const problemsOf = (source, options, arch = process.arch) =>
      findProblems(compile(directory, source, options), { arch, libc: 'glibc' })
    const sound = problemsOf('', ['-nodefaultlibs'])
    if (sound.length > 0) throw new Error(`the gate refuses a sound library: ${sound.join('; ')}`)
    const other = process.arch === 'x64' ? 'arm64' : 'x64'
    const trials = [
      ...FAULTS.map(([what, source, options, word]) => [what, problemsOf(source, options), word]),
      ['another processor', problemsOf('', ['-nodefaultlibs'], other), `not ${other}`],
    ]
    for (const [what, problems, word] of trials) {
      if (problems.some((problem) => problem.includes(word))) continue
      throw new Error(
        `the gate lets this pass: ${what}. It says: ${problems.join('; ') || 'nothing'}`,
      )
    }
    console.log(`ok  the gate refuses each of ${trials.length} faults`)
  })
}

function compile(directory, source, options) {
  const file = join(directory, 'library.cc')
  const library = join(directory, 'library.so')
  writeFileSync(
    file,
    `#pragma GCC visibility push(default)\n${ENTRY_POINTS}#pragma GCC visibility pop\n${source}\n`,
  )
  const ownLibc = options.some((option) => ['-nostdlib', '-static-libgcc'].includes(option))
  run(`${arches[process.arch].gnu}-g++`, [
    ...[...DEFAULTS, file, '-x', 'none', ...options],
    ...[...(ownLibc ? [] : ['-lc']), '-o', library],
  ])
  return library
}
