// Writes dist/cjs: what `require()` gets. Three one-line modules that require the ES modules, so that both
// kinds of import share one instance (and one SystemError), and a copy of the types that TypeScript reads as CommonJS.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const cjs = join(dist, 'cjs')

rmSync(cjs, { recursive: true, force: true })
const declarations = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.d.ts'),
)
for (const file of declarations) {
  mkdirSync(dirname(join(cjs, file)), { recursive: true })
  // Without its last line, which names a source map that stays behind.
  const text = readFileSync(join(dist, file), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '')
  writeFileSync(join(cjs, file), text)
}
writeFileSync(join(cjs, 'package.json'), '{ "type": "commonjs" }\n')

for (const entry of ['index.js', 'socket/index.js', 'io/index.js']) {
  const file = join(cjs, entry)
  const target = relative(dirname(file), join(dist, entry))
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `'use strict'\n\nmodule.exports = require('${target}')\n`)
}
