// Writes dist/*.js: what the entries have in common in one file each. A thread starts in half the time that loading
// some sixty small modules takes; job modules import this package in every thread.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  if (/\.js(\.map)?$/.test(file)) rmSync(join(dist, file))
}
await build({
  absWorkingDir: root,
  entryPoints: ['src/index.ts', 'src/ring/index.ts', 'src/channel/index.ts'],
  outdir: dist,
  outbase: join(root, 'src'),
  bundle: true,
  splitting: true,
  chunkNames: 'shared-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
})
