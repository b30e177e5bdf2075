// What the cross builds and the load tests take from Debian.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached } from '../cache.mjs'
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
  return cached(join('debian', debianArch, label), (directory, scratch) => {
    for (const deb of download(debianArch, names, { scratch, sources })) {
      run('dpkg', ['-x', deb, directory])
    }
  })
}

function download(debianArch, names, { scratch, sources }) {
  const within = (path) => join(scratch, path)
  for (const path of ['state/lists/partial', 'cache/archives/partial', 'debs']) {
    mkdirSync(within(path), { recursive: true })
  }
  writeFileSync(within('status'), '')
  const options = [
    ['Dir::State', within('state')],
    ['Dir::State::status', within('status')],
    ['Dir::Cache', within('cache')],
    ['APT::Architecture', debianArch],
    ['APT::Architectures', debianArch],
    ['APT::Sandbox::User', ''],
    ['Acquire::Languages', 'none'],
  ]
  if (sources) {
    writeFileSync(within('sources.list'), sources)
    options.push(['Dir::Etc::sourcelist', within('sources.list')], ['Dir::Etc::sourceparts', '-'])
  }
  const apt = (args) =>
    tryRun('apt-get', [...options.flatMap(([key, value]) => ['-o', `${key}=${value}`]), ...args], {
      cwd: within('debs'),
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
  return readdirSync(within('debs')).map((deb) => join(within('debs'), deb))
}
