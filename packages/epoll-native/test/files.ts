import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { owned } from './descriptors.js'

/** A new directory, which goes when the tests of the file that asks for it have run. */
export function scratchDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'rearm-test-'))
  afterAll(() => rmSync(directory, { recursive: true }))
  return directory
}

/** Makes a file, and opens it until the test ends. */
export function openedFile(path: string, content: string, flags = 'r'): number {
  writeFileSync(path, content)
  return owned(openSync(path, flags))
}
