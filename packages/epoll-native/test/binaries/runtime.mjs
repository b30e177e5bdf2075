// What runs this, and the watcher engines that work in it.
import process from 'node:process'

/** The runtime's own name and version, not the Node version that it claims to be. */
export function runtimeName() {
  const { bun, deno, node } = process.versions
  if (bun) return `bun ${bun}`
  if (deno) return `deno ${deno}`
  return `node ${node}`
}
