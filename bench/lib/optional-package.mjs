// A peer from npm that must be compiled is no dependency of this workspace: it is installed when a suite
// asks for it, into a directory of its own that git ignores.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const cache = new URL('../.cache/', import.meta.url)

/**
 * Installs one package of an exact version, unless that is done already.
 * @param {string} name
 * @param {string} version
 * @param {string} proof a file that exists in the package once it is compiled
 * @returns {string} the package's directory
 * @throws {Error} that says why it cannot be had here
 */
export function optionalPackage(name, version, proof) {
  // Its binary is good for one line of Node releases only.
  const project = new URL(`${name}-${version}-abi${process.versions.modules}/`, cache)
  const directory = new URL(`node_modules/${name}/`, project)
  const compiled = new URL(proof, directory)
  if (existsSync(compiled)) return fileURLToPath(directory)

  console.error(`installing ${name}@${version} (it is compiled here) ...`)
  mkdirSync(project, { recursive: true })
  const manifest = {
    private: true,
    dependencies: { [name]: version },
    // npm asks for consent to install scripts; this one compiles the addon.
    allowScripts: { [name]: true },
  }
  writeFileSync(new URL('package.json', project), JSON.stringify(manifest))
  const { status, stderr, error } = spawnSync('npm', ['install', '--no-audit', '--no-fund'], {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 300_000,
  })
  if (error) throw new Error(`${name}@${version} cannot be installed: ${error.message}`)
  if (status !== 0 || !existsSync(compiled)) {
    const why = stderr.trim().split('\n').slice(-12).join('\n')
    throw new Error(
      `${name}@${version} cannot be installed here: it needs the registry, python3, make and a C++ compiler.\n${why}`,
    )
  }
  return fileURLToPath(directory)
}
