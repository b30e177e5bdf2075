import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'workqueue-package-'))
let tarball = ''
let files: string[] = []

/** The program of a development dependency. Asked for by its manifest: neither exports the file. */
function binOf(name: string, program: string): string {
  const searched = createRequire(import.meta.url).resolve.paths(name) ?? []
  for (const path of searched) {
    const manifest = join(path, name, 'package.json')
    try {
      const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: Record<string, string> }
      return join(dirname(manifest), bin[program] ?? '')
    } catch {
      // Not in this node_modules: in one further up.
    }
  }
  throw new Error(`${name} is not installed`)
}

const lint = (name: string, program: string, ...args: string[]) =>
  execFileSync(process.execPath, [binOf(name, program), ...args], { encoding: 'utf8' })

beforeAll(() => {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory]
  const packed = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' })) as {
    filename: string
    files: { path: string }[]
  }[]
  tarball = join(directory, packed[0]?.filename ?? '')
  files = packed[0]?.files.map(({ path }) => path) ?? []
})

afterAll(() => rmSync(directory, { recursive: true }))

it('publint finds nothing in the tarball', () => {
  lint('publint', 'publint', 'run', tarball, '--strict')
})

it('attw finds nothing in the tarball: the package is ES modules only', () => {
  lint('@arethetypeswrong/cli', 'attw', tarball, '--profile', 'esm-only')
})

it('the tarball holds the entries, their types and sources, and nothing of the workshop', () => {
  for (const entry of ['index', 'ring/index', 'channel/index']) {
    expect(files).toContain(`dist/${entry}.js`)
    expect(files).toContain(`dist/${entry}.d.ts`)
    expect(files).toContain(`src/${entry}.ts`)
  }
  const others = files.filter((file) => !/^(dist|src)\//.test(file))
  expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json'])
  expect(files.filter((file) => /tsbuildinfo|\.test\./.test(file))).toEqual([])
})
