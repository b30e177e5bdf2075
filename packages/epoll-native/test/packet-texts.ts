import { expect } from 'vitest'
import { EpollFlag } from '../src/index.js'
import { type PacketArray, recvmmsg } from '../src/socket/index.js'
import { readiness } from './descriptors.js'
import { bytesOf, textOf } from './sockets.js'

/** Puts a text into packet `index`. */
export function put(packets: PacketArray, index: number, text: string): void {
  const bytes = bytesOf(text)
  packets.payload.set(bytes, index * packets.size)
  packets.setLength(index, bytes.length)
}

export function textAt(packets: PacketArray, index: number): string {
  const begin = index * packets.size
  return textOf(packets.payload.subarray(begin, begin + packets.length(index)))
}

/** Receives until `count` packets are there. */
export function receiveAll(fd: number, packets: PacketArray, count: number): void {
  for (let received = 0; received < count; ) {
    expect(readiness(fd)).toBe(EpollFlag.IN)
    const answer = recvmmsg(fd, packets, received)
    expect(answer).toBeGreaterThan(0)
    received += answer
  }
}
