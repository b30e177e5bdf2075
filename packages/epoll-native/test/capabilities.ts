import { readFileSync } from 'node:fs'

/** Numbers of capabilities(7). */
export const Capability = { NET_ADMIN: 12, NET_RAW: 13, WAKE_ALARM: 35 } as const

/** Whether this process has a capability, so that a test knows which answer the kernel owes it. */
export function capable(capability: number): boolean {
  const [, mask = '0'] =
    /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return ((BigInt(`0x${mask}`) >> BigInt(capability)) & 1n) === 1n
}

/** Whether this machine has the address `::1`; containers often do not. */
export function hasIpv6Loopback(): boolean {
  try {
    return /^0{31}1 /m.test(readFileSync('/proc/net/if_inet6', 'utf8'))
  } catch {
    return false
  }
}
