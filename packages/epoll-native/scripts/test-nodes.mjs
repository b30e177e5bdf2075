// `npm run test:nodes [-- --full] [MAJOR...]`: one binary, every Node that the package supports. With
// --full the package's whole test suite runs in each of them too.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { packageDir } from './paths.mjs'
import { runMain } from './run.mjs'
import { hostBinary } from './runtimes/binary.mjs'
import { loadTest } from './runtimes/load-test.mjs'
import { fetchNode, nodeMajors } from './runtimes/runtimes.mjs'

function runSuite(node) {
  const vitest = join(
    dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
    'vitest.mjs',
  )
  // Programs that the tests start by name are this Node too.
  const path = `${dirname(node)}${delimiter}${process.env.PATH}`
  const { status } = spawnSync(node, [vitest, 'run'], {
    cwd: packageDir,
    env: { ...process.env, PATH: path },
    stdio: 'inherit',
  })
  return status === 0
}

runMain(() => {
  const options = process.argv.slice(2)
  const full = options.includes('--full')
  const majors = options.filter((option) => option !== '--full')
  const binary = hostBinary()
  const failed = (majors.length > 0 ? majors : nodeMajors(process.arch)).filter((major) => {
    const node = fetchNode(process.arch, major)
    return !loadTest(`node ${major}`, [node], binary) || (full && !runSuite(node))
  })
  if (failed.length > 0) throw new Error(`failed in Node ${failed.join(', ')}`)
})
