// TypeScript programs against the installed package, with every declaration checked (skipLibCheck off).
import assert from 'node:assert/strict'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { run } from '../../scripts/run.mjs'
import { callerEnvironment } from './lib/environments.mjs'
import { addProgram, bareNode, installedProject, writeJson } from './lib/project.mjs'
import { binOf, packageOf } from './lib/tools.mjs'

// How TypeScript projects for Node resolve modules, and as what a file comes out. .mts is an ES module, .cts CommonJS.
const kinds = [
  { name: 'an ES module under node16', module: 'node16', resolution: 'node16', extension: 'mts' },
  { name: 'CommonJS under node16', module: 'node16', resolution: 'node16', extension: 'cts' },
  {
    name: 'an ES module under nodenext',
    module: 'nodenext',
    resolution: 'nodenext',
    extension: 'mts',
  },
  { name: 'CommonJS under nodenext', module: 'nodenext', resolution: 'nodenext', extension: 'cts' },
  { name: 'an ES module under bundler', module: 'esnext', resolution: 'bundler', extension: 'mts' },
]

const strictest = {
  target: 'es2022',
  strict: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
}

function compile(label, file, extension, options) {
  const directory = join(installedProject(), label)
  addProgram(directory, file, `program.${extension}`)
  writeJson(join(directory, 'tsconfig.json'), {
    compilerOptions: { ...strictest, ...options },
    files: [`program.${extension}`],
  })
  run(process.execPath, [binOf('typescript', 'tsc'), '-p', directory], { env: callerEnvironment() })
  return join(directory, `program.${extension.replace('ts', 'js')}`)
}

/** Node's types beside the package, as the user's own dependency. */
function addNodeTypes() {
  const modules = join(installedProject(), 'node_modules')
  mkdirSync(join(modules, '@types'), { recursive: true })
  for (const name of ['@types/node', 'undici-types']) {
    cpSync(packageOf(name), join(modules, name), { recursive: true })
  }
}

// Before Node's types are there.
for (const { name, module, resolution, extension } of kinds) {
  test(`every declaration compiles without @types/node, as ${name}`, () => {
    const options = {
      module,
      moduleResolution: resolution,
      lib: ['es2022'],
      types: [],
      noEmit: true,
    }
    compile(`types-${module}-${extension}`, 'every-type.ts', extension, options)
  })
}

for (const { name, module, resolution, extension } of kinds) {
  test(`a typed program compiles and runs as ${name}`, () => {
    addNodeTypes()
    const options = { module, moduleResolution: resolution, types: ['node'] }
    const program = compile(`typed-${module}-${extension}`, 'typed.ts', extension, options)
    assert.equal(bareNode(installedProject(), program), 'echoed: hello\n')
  })
}
