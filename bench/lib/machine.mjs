// What a result depends on, without saying whose machine it was.
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release } from 'node:os'

/** The kernel, the runtime, and the processors that this process may use. */
export function describeMachine() {
  return {
    kernel: release(),
    node: process.versions.node,
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
  }
}

/** The numbers of the processors that this process may run on, from the kernel's own list. */
export function allowedCores() {
  const status = readFileSync('/proc/self/status', 'utf8')
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '0'
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}
