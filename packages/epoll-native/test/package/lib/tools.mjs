// The programs of the repository's development dependencies.
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(import.meta.url)

/** The directory of an installed package, also of one whose `exports` hide its package.json. */
export function packageOf(name) {
  const found = require.resolve
    .paths(name)
    .map((directory) => join(directory, name))
    .find((directory) => existsSync(join(directory, 'package.json')))
  if (found === undefined) throw new Error(`${name} is not installed`)
  return found
}

/** The file of the package's program called `program`. */
export function binOf(name, program) {
  const directory = packageOf(name)
  const { bin } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  return join(directory, typeof bin === 'string' ? bin : bin[program])
}
