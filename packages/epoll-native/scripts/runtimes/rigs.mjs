// For every target, how its binary is loaded on this machine: { command } or { reason } why it is not.
import { emulator } from './emulation.mjs'
import { onMusl } from './musl-rig.mjs'
import { fetchNode } from './runtimes.mjs'

/** The command line of a Node for `target`; the load test is appended to it. */
export function rigFor({ arch, libc }) {
  if (libc === 'musl') {
    if (arch === 'arm') {
      return {
        reason: 'no Node for 32-bit arm runs on musl here; its symbols are resolved instead',
      }
    }
    return { command: [...onMusl(arch), fetchNode(arch, 20)] }
  }
  return { command: [...emulator(arch, { libraries: true }), fetchNode(arch, 20)] }
}
