import { shortage } from './descriptors.js'

/** Imports a program's modules, which opens many files at once: only if there are descriptors enough for that. */
export async function loadProgram(name: string, load: () => Promise<unknown>): Promise<void> {
  const complaint = shortage()
  if (complaint === undefined) {
    await load()
    return
  }
  console.error(`${name}: ${complaint}`)
  process.exitCode = 1
}
