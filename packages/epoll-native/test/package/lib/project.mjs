// A user's project, outside the repository.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tryRun } from '../../../scripts/run.mjs'
import { bareEnvironment } from './environments.mjs'
import { scratchDir } from './scratch.mjs'
import { tarball } from './tarball.mjs'

const programs = fileURLToPath(new URL('../programs/', import.meta.url))
const name = '@rearm/epoll-native'

/** An empty project; with `manifest`, that package.json. */
export function project(label, manifest = {}) {
  const directory = scratchDir(label)
  writeJson(join(directory, 'package.json'), { private: true, ...manifest })
  return directory
}

/** package.json's `dependencies` with the tarball in them. */
export const dependencies = () => ({ [name]: `file:${tarball().path}` })

export function writeJson(file, value) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
}

/** Runs npm where there is nothing to compile with; returns all that it printed. */
export function bareNpm(directory, ...args) {
  return runIn(directory, 'npm', ...args)
}

/** Runs a program of the project where there is nothing to compile with; returns all that it printed. */
export function bareNode(directory, ...args) {
  return runIn(directory, 'node', ...args)
}

function runIn(directory, ...command) {
  const [program, ...args] = command
  const { status, output } = tryRun(program, args, {
    cwd: directory,
    env: bareEnvironment(),
    timeout: 600_000,
  })
  if (status !== 0) throw new Error(`${output}\n${command.join(' ')}\nended with status ${status}`)
  return output
}

let installed

/** One project with the package installed, for the tests that change nothing in it. */
export function installedProject() {
  if (installed === undefined) {
    const directory = project('installed')
    bareNpm(directory, 'install', '--ignore-scripts', tarball().path)
    installed = directory
  }
  return installed
}

/** Copies a program of test/package/programs into `directory` under the name `as`. */
export function addProgram(directory, program, as = program) {
  const file = join(directory, as)
  mkdirSync(dirname(file), { recursive: true })
  copyFileSync(join(programs, program), file)
  return file
}

/** Where the package is installed in the project `directory`. */
export const installedPackage = (directory) => join(directory, 'node_modules', name)
