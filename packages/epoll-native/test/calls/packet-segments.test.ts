import { describe, expect, test } from 'vitest'
import { Errno } from '../../src/index.js'
import { PacketArray, SocketOption, sendmmsg, setSocketOption } from '../../src/socket/index.js'
import { expectNoLeak } from '../descriptors.js'
import { receiveAll } from '../packet-texts.js'
import { nameOf, udpSocket } from '../sockets.js'

expectNoLeak()

describe('sendmmsg and recvmmsg', () => {
  test('[UDP GSO] one packet is cut into segments, [UDP GRO] which the receiver may get merged', () => {
    const [a, b] = [udpSocket(), udpSocket()]
    const packets = new PacketArray(1, 4000)
    packets.payload.set(Uint8Array.from({ length: 3500 }, (_, i) => i))
    packets.setLength(0, 3500)
    packets.setSegmentSize(0, 1000)
    packets.address(0).copy(nameOf(b))
    expect(sendmmsg(a, packets)).toBe(1)
    const received = new PacketArray(8, 4000)
    receiveAll(b, received, 4)
    expect([0, 1, 2, 3].map((i) => received.length(i))).toEqual([1000, 1000, 1000, 500])
    expect(received.segmentSize(0)).toBe(0)

    setSocketOption(b, SocketOption.UDP_GRO, true)
    expect(sendmmsg(a, packets)).toBe(1)
    receiveAll(b, received, 1)
    expect([received.length(0), received.segmentSize(0)]).toEqual([3500, 1000])
    expect(Buffer.from(received.payload.subarray(0, 3500))).toEqual(
      Buffer.from(packets.payload.subarray(0, 3500)),
    )
    // Sent back as it is, it is cut the same way.
    expect(sendmmsg(b, received, 0, 1)).toBe(1)
    receiveAll(a, received, 4)
    expect([0, 1, 2, 3].map((i) => received.length(i))).toEqual([1000, 1000, 1000, 500])
  })

  test('[UDP GSO] a segment size that the kernel cannot use is -EINVAL', () => {
    const [a, b] = [udpSocket(), udpSocket()]
    const packets = new PacketArray(1, 60_000)
    packets.setLength(0, 60_000)
    packets.address(0).copy(nameOf(b))
    // More than 128 segments.
    packets.setSegmentSize(0, 100)
    expect(sendmmsg(a, packets)).toBe(-Errno.EINVAL)
  })
})
