// `npm run check:tarball`: what `npm publish` would send holds a binary for every target, and nothing
// that a machine could run while it installs the package.
import { packageDir } from './paths.mjs'
import { targets } from './prebuild/targets.mjs'
import { run, runMain } from './run.mjs'

runMain(() => {
  const [{ filename, size, files }] = JSON.parse(
    run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: packageDir }),
  )
  const paths = new Set(files.map(({ path }) => path))
  const missing = targets
    .map(({ file }) => `native/prebuilds/${file}`)
    .concat('native/binding.gyp', 'native/src/addon.cc', 'binding.cjs', 'dist/index.js')
    .filter((path) => !paths.has(path))
  if (missing.length > 0) {
    throw new Error(
      `${filename} lacks ${missing.join(', ')}. Run: npm run build && npm run prebuild:all`,
    )
  }
  const stray = [...paths].filter(
    (path) =>
      /^[^/]*\.gyp$|^native\/build\//.test(path) || (path.endsWith('.node') && !isTarget(path)),
  )
  if (stray.length > 0) throw new Error(`${filename} must not hold ${stray.join(', ')}`)
  console.log(`${filename}: ${files.length} files, ${size} bytes, ${targets.length} binaries`)
})

function isTarget(path) {
  return targets.some(({ file }) => path === `native/prebuilds/${file}`)
}
