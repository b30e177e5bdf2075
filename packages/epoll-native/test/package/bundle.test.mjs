// Bundled by esbuild, by each of the ways that README's "Bundling" names.
import assert from 'node:assert/strict'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { build } from 'esbuild'
import { addProgram, bareNode, installedPackage, installedProject } from './lib/project.mjs'
import { scratchDir } from './lib/scratch.mjs'

// An ES module has neither, and bundled CommonJS (node-gyp-build) needs both.
const esmBanner = `import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
const __dirname = import.meta.dirname`

/** Bundles `entry` into `outdir`; returns the bundle. */
async function bundle(entry, outdir, options) {
  const project = installedProject()
  addProgram(project, 'round-trip.mjs')
  const extension = options.format === 'cjs' ? 'cjs' : 'mjs'
  const outfile = join(outdir, `bundle.${extension}`)
  const { warnings } = await build({
    absWorkingDir: project,
    entryPoints: [addProgram(project, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
    ...options,
  })
  assert.deepEqual(warnings, [])
  return outfile
}

function copyBinaries(outdir) {
  const prebuilds = 'native/prebuilds'
  cpSync(join(installedPackage(installedProject()), prebuilds), join(outdir, prebuilds), {
    recursive: true,
  })
}

const formats = [
  { format: 'cjs', options: { format: 'cjs' } },
  { format: 'esm', options: { format: 'esm', banner: { js: esmBanner } } },
]

test('binding.cjs keeps the one shape that @vercel/nft (Next.js, Vercel) follows to the binaries', () => {
  const loader = readFileSync(join(installedPackage(installedProject()), 'binding.cjs'), 'utf8')
  assert.ok(
    loader.includes("require('node-gyp-build')(require('node:path').join(__dirname, 'native'))"),
  )
})

for (const { format, options } of formats) {
  for (const entry of ['import.mjs', 'require.cjs']) {
    test(`esbuild to ${format}, ${entry}, the binaries copied beside the bundle`, async () => {
      // Away from the project: nothing but the bundle and the binaries is at hand.
      const outdir = scratchDir(`bundle-${format}-${entry}`)
      const file = await bundle(entry, outdir, options)
      copyBinaries(outdir)
      assert.equal(bareNode(outdir, file), 'echoed: hello\n')
    })
  }

  test(`esbuild to ${format}, without the binaries: the error says where they belong`, async () => {
    const outdir = scratchDir(`bundle-${format}-alone`)
    const file = await bundle('unavailable.mjs', outdir, options)
    const { code, message } = JSON.parse(bareNode(outdir, file))
    assert.equal(code, 'ERR_EPOLL_NATIVE_NO_BINARY')
    assert.match(message, /native\/prebuilds/)
    assert.ok(message.includes(join(outdir, 'native')), message)
  })

  test(`esbuild to ${format}, the package marked external`, async () => {
    const outdir = join(installedProject(), `dist-${format}`)
    const external = ['@rearm/epoll-native', '@rearm/epoll-native/*']
    const file = await bundle('import.mjs', outdir, { format, external })
    assert.equal(bareNode(installedProject(), file), 'echoed: hello\n')
    rmSync(outdir, { recursive: true })
  })
}
