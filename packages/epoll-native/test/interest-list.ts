import { readFileSync } from 'node:fs'

/** One registration as the kernel itself lists it. */
export interface Registration {
  readonly fd: number
  readonly events: number
  readonly low: number
  readonly high: number
}

/** The interest list of an epoll, from /proc/self/fdinfo, in the order of the numbers. */
export function interestList(epfd: number): Registration[] {
  const text = readFileSync(`/proc/self/fdinfo/${epfd}`, 'latin1')
  const lines = text.matchAll(/^tfd:\s*(\d+)\s+events:\s*([0-9a-f]+)\s+data:\s*([0-9a-f]+)/gm)
  return Array.from(lines, ([, fd = '', events = '', data = '']) => ({
    fd: Number(fd),
    events: Number.parseInt(events, 16),
    low: Number(BigInt(`0x${data}`) & 0xffffffffn),
    high: Number(BigInt(`0x${data}`) >> 32n),
  })).sort((a, b) => a.fd - b.fd)
}
