import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'

const here = fileURLToPath(new URL('.', import.meta.url))
const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')

/** The programs of the root README, by what stands in them. */
function program(words: string): string {
  const blocks = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = '']) => code)
  const found = blocks.filter((code) => code.includes(words))
  expect(found).toHaveLength(1)
  return found[0] ?? ''
}

const directories: string[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

/** A directory of their own for programs, below this package, whose dependencies they find. */
function directoryOf(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(here, 'readme-'))
  directories.push(directory)
  for (const [name, code] of Object.entries(files)) writeFileSync(join(directory, name), code)
  return directory
}

async function run(directory: string) {
  const child = spawn(process.execPath, ['main.mjs'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = Promise.all([text(child.stdout), text(child.stderr)])
  const status = await new Promise((resolve) => child.on('close', resolve))
  const [stdout, stderr] = await output
  return { status, stdout, stderr }
}

test('the program of the raw layer counts its ticks and ends', async () => {
  const directory = directoryOf({ 'main.mjs': program('TimerFd') })
  expect(await run(directory)).toEqual({ status: 0, stdout: '', stderr: '' })
})

test('the program of the reactor names what is created, until it is told to stop', async () => {
  const directory = directoryOf({ 'main.mjs': program('InotifyFlag') })
  // It is told anew until it hears: nothing says when it has begun to listen.
  let told = 0
  const tell = setInterval(() => {
    rmSync(join(directory, 'stop'), { force: true })
    writeFileSync(join(directory, 'stop'), String(told++))
  }, 50)
  const { status, stdout, stderr } = await run(directory).finally(() => clearInterval(tell))
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(new Set(stdout.trim().split('\n'))).toEqual(new Set(['stop']))
})

test('the program of the work queue gets its answer and ends', async () => {
  const directory = directoryOf({
    'main.mjs': program('queue.tryPush'),
    'jobs.mjs': program('defineJobs({'),
  })
  const { status, stdout, stderr } = await run(directory)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toBe('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\n')
})

test.each([
  ['the root README', '../../../README.md', 2],
  ['the README of the examples', '../README.md', 4],
])('%s says how many lines the halves of the composition have', (_, path, count) => {
  const url = new URL(path, import.meta.url)
  const said = [...readFileSync(url, 'utf8').matchAll(/\]\(([^)]+\.ts)\) \((\d+) lines\)/g)]
  expect(said).toHaveLength(count)
  for (const [, file = '', lines] of said) {
    const newlines = readFileSync(new URL(file, url), 'utf8').match(/\n/g) ?? []
    expect(`${file}: ${newlines.length}`).toBe(`${file}: ${lines}`)
  }
})
