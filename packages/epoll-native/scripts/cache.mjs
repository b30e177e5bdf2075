// A cache that several runs may fill at the same time: an entry appears whole, or not at all.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cacheDir } from './paths.mjs'

/** Calls `use(directory)` with a new directory, and deletes it afterwards. */
export function withScratch(name, use) {
  mkdirSync(cacheDir, { recursive: true })
  const directory = mkdtempSync(join(cacheDir, `${name}-`))
  try {
    return use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The directory `path` of the cache. Where there is none, `fill(directory)` makes its contents. */
export function cached(path, fill) {
  const entry = join(cacheDir, path)
  if (existsSync(entry)) return entry
  withScratch('filling', (scratch) => {
    const filled = join(scratch, 'entry')
    mkdirSync(filled)
    fill(filled, scratch)
    mkdirSync(dirname(entry), { recursive: true })
    try {
      renameSync(filled, entry)
    } catch (error) {
      // Another run was faster.
      if (!existsSync(entry)) throw error
    }
  })
  return entry
}
