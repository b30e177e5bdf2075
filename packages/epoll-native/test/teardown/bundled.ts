import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const packageRoot = fileURLToPath(new URL('../..', import.meta.url))
const outdir = `${packageRoot}.cache/teardown`
const programs = ['process', 'workers', 'worker', 'bystander']

/**
 * Makes each program one CommonJS file with all that it imports of the package, and says where it is: a hundred rounds of each cell
 * start thousands of processes and threads, and half of each start would be the resolving and reading of ES modules.
 */
export function bundled(): (program: string) => string {
  buildSync({
    absWorkingDir: packageRoot,
    entryPoints: programs.map((program) => `test/teardown/${program}.mjs`),
    outdir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    define: { 'import.meta.url': 'here' },
    banner: { js: "const here = require('node:url').pathToFileURL(__filename).href" },
    // It finds the addon from where it is itself.
    external: ['./binding.cjs'],
  })
  return (program) => `${outdir}/${program}.cjs`
}
