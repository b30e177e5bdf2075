// Compiles the C programs of the benchmarks when they are first needed, and when a source has changed.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)
const bin = new URL('bin/', root)
// Warnings are errors where we would mend them; a newer compiler elsewhere may warn of something new.
const FLAGS = ['-O2', '-Wall', '-Wextra', ...(process.env.CI ? ['-Werror'] : [])]

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** The newest change of the source or of any header, which it may include. */
function newestSource(source) {
  const headers = ['load/', 'peers/'].flatMap((directory) =>
    readdirSync(new URL(directory, root))
      .filter((name) => name.endsWith('.h'))
      .map((name) => new URL(directory + name, root)),
  )
  return Math.max(...[source, ...headers].map(modified))
}

/**
 * Compiles one C file of `bench/` (for example `load/tcp-load.c`) unless that is done already.
 * @param {string} file relative to `bench/`
 * @returns {string} the path of the program
 */
export function compileC(file) {
  const source = new URL(file, root)
  const program = fileURLToPath(new URL(basename(file, '.c'), bin))
  if (modified(program) > newestSource(source)) return program
  mkdirSync(bin, { recursive: true })
  // Two that compile it at the same time do not see each other's half.
  const unfinished = `${program}.${process.pid}`
  const compilers = process.env.CC ? [process.env.CC] : ['cc', 'gcc']
  const options = [...FLAGS, '-o', unfinished, fileURLToPath(source), '-lpthread']
  let result
  for (const compiler of compilers) {
    result = spawnSync(compiler, options, { stdio: ['ignore', 'inherit', 'inherit'] })
    if (result.error?.code !== 'ENOENT') break
  }
  const { status, error } = result
  if (error?.code === 'ENOENT') {
    throw new Error(
      `bench/${file} needs a C compiler (${compilers.join(' or ')}; Debian: apt-get install gcc libc6-dev)`,
    )
  }
  if (error) throw error
  if (status !== 0) throw new Error(`bench/${file} does not compile`)
  renameSync(unfinished, program)
  return program
}
