// What the cross builds and the load tests take from Debian.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir } from '../paths.mjs'
import { run, tryRun } from '../run.mjs'

const isInstalled = (name) =>
  /^Status: .* installed$/m.test(tryRun('dpkg-query', ['-s', name]).stdout)

/** Installs the Debian packages of `names` that are missing, or says which they are. */
export function ensurePackages(names) {
  const missing = names.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  const list = missing.join(' ')
  if (tryRun('apt-get', ['--version']).status !== 0) {
    throw new Error(
      `This needs Debian 12 (a container will do: docker run -it -v "$PWD:$PWD" -w "$PWD" node:20-bookworm) ` +
        `with the packages ${list}.`,
    )
  }
  if (process.getuid() !== 0) {
    throw new Error(`Packages are missing. Please run: sudo apt-get install -y ${list}`)
  }
  console.log(`installing ${list}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  run('apt-get', ['update'], { env })
  run('apt-get', ['install', '-y', '--no-install-recommends', ...missing], { env })
}

/**
 * Unpacks Debian packages of any architecture into a directory of the cache and returns its path. apt
 * gets a state of its own: it needs no root, and the machine's apt never hears of the architecture.
 */
export function unpackPackages(debianArch, names, { label = names.join('+'), sources } = {}) {
  const root = join(cacheDir, 'debian', debianArch, label)
  if (existsSync(root)) return root
  const state = join(cacheDir, 'apt', `${debianArch}${sources ? `-${label}` : ''}`)
  const debs = join(state, 'debs', label)
  for (const path of ['state/lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(state, path), { recursive: true })
  }
  rmSync(debs, { recursive: true, force: true })
  mkdirSync(debs, { recursive: true })
  writeFileSync(join(state, 'status'), '')
  const options = [
    ['Dir::State', join(state, 'state')],
    ['Dir::State::status', join(state, 'status')],
    ['Dir::Cache', join(state, 'cache')],
    ['APT::Architecture', debianArch],
    ['APT::Architectures', debianArch],
    ['APT::Sandbox::User', ''],
    ['Acquire::Languages', 'none'],
  ]
  if (sources) {
    writeFileSync(join(state, 'sources.list'), sources)
    options.push(
      ['Dir::Etc::sourcelist', join(state, 'sources.list')],
      ['Dir::Etc::sourceparts', '-'],
    )
  }
  const apt = (args) =>
    tryRun('apt-get', [...options.flatMap(([key, value]) => ['-o', `${key}=${value}`]), ...args], {
      cwd: debs,
    })
  // A machine may have further sources that lack this architecture, so the download alone decides.
  const updated = apt(['update'])
  const downloaded = apt(['download', ...names])
  if (downloaded.status !== 0) {
    throw new Error(
      `${updated.output}${downloaded.output}\n${names.join(', ')} for ${debianArch} could not be ` +
        "had from this machine's apt sources. They are Debian 12's: on another system use a container.",
    )
  }
  const unpacked = `${root}.partial`
  rmSync(unpacked, { recursive: true, force: true })
  mkdirSync(unpacked, { recursive: true })
  for (const deb of readdirSync(debs)) run('dpkg', ['-x', join(debs, deb), unpacked])
  renameSync(unpacked, root)
  return root
}
