// `npm run test:nodes [-- MAJOR...]`: the package's tests in every Node that it supports, but this one, which `npm test` uses. The
// models of the protocols are left out: they are arithmetic, and take as long as all the rest.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fetchNode } from '../../epoll-native/scripts/runtimes/runtimes.mjs'

const MAJORS = ['20', '22', '24', '26']
const cwd = fileURLToPath(new URL('..', import.meta.url))
const vitestPackage = createRequire(import.meta.url).resolve('vitest/package.json')
const [own] = process.versions.node.split('.')
const majors =
  process.argv.length > 2 ? process.argv.slice(2) : MAJORS.filter((major) => major !== own)

for (const major of majors) {
  const node = fetchNode(process.arch, major)
  // Programs that the tests start by name are this Node too.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` }
  const vitest = join(dirname(vitestPackage), 'vitest.mjs')
  console.log(`Node ${major}: ${node}`)
  const { status } = spawnSync(node, [vitest, 'run', '--exclude', '**/{lane,ring}-model.test.ts'], {
    cwd,
    env,
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}
