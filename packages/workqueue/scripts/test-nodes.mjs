// `npm run test:nodes [-- MAJOR...]`: the package's tests in every Node that it supports, but this one, which `npm test` uses. The
// models of the protocols are left out: they are arithmetic, and take as long as all the rest.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fetchNode } from '../../epoll-native/scripts/runtimes/runtimes.mjs'

const MAJORS = ['20', '22', '24', '26']
const cwd = fileURLToPath(new URL('..', import.meta.url))
const vitestPackage = createRequire(import.meta.url).resolve('vitest/package.json')
const [own] = process.versions.node.split('.')
const majors =
  process.argv.length > 2 ? process.argv.slice(2) : MAJORS.filter((major) => major !== own)
const reports = mkdtempSync(join(tmpdir(), 'test-nodes-'))
const failed = []

/** A line for each test that failed. */
function failures(report) {
  try {
    const tests = JSON.parse(readFileSync(report, 'utf8')).testResults.flatMap(
      ({ name, assertionResults, message }) =>
        assertionResults.length === 0
          ? [{ fullName: name, failureMessages: [message] }]
          : assertionResults,
    )
    return tests
      .filter(({ failureMessages }) => failureMessages.some(Boolean))
      .map(({ fullName, failureMessages: [first] }) => `${fullName}: ${first.split('\n', 1)[0]}`)
  } catch (error) {
    return [`no report: ${error.message}`]
  }
}

for (const major of majors) {
  const node = fetchNode(process.arch, major)
  // Programs that the tests start by name are this Node too.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` }
  const vitest = join(dirname(vitestPackage), 'vitest.mjs')
  console.log(`Node ${major}: ${node}`)
  const report = join(reports, `${major}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const { status } = spawnSync(
    node,
    [vitest, 'run', '--exclude', '**/{lane,ring}-model.test.ts', ...reporters],
    { cwd, env, stdio: 'inherit' },
  )
  if (status !== 0) {
    // An unhandled error is no test's.
    const lines = failures(report)
    if (lines.length === 0) lines.push(`no test, but the run ended with status ${status}`)
    failed.push(...lines.map((line) => `Node ${major}: ${line}`))
  }
}

rmSync(reports, { recursive: true })
// Once more at the end: what failed in the first Node is far above by now.
for (const line of failed) console.error(`FAILED in ${line}`)
if (failed.length > 0) process.exitCode = 1
