import { readFileSync } from 'node:fs'

/** How many descriptors this process may have open, and any other Node that it starts: Node raises that as far as it is allowed to. */
export function descriptorLimit() {
  const limits = readFileSync('/proc/self/limits', 'utf8')
  return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY)
}
