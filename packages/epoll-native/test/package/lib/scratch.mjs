// Directories outside the repository, where nothing of it can be found by walking up. Removed at the end.
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let root

/** A new, empty directory. */
export function scratchDir(name) {
  if (root === undefined) {
    root = mkdtempSync(join(realpathSync(tmpdir()), 'rearm-package-'))
    process.on('exit', () => rmSync(root, { recursive: true, force: true }))
  }
  const directory = join(root, name)
  mkdirSync(directory)
  return directory
}
