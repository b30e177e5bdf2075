import { describe, expect, test } from 'vitest'
import { PacketArray, SocketAddress } from '../../src/socket/index.js'
import { expectNoLeak } from '../descriptors.js'
import { runProgram } from '../programs.js'
import { loopback } from '../sockets.js'
import { untyped } from '../untyped.js'

expectNoLeak()

describe('PacketArray', () => {
  test('has 1 to 1024 packets of 1 to 65536 bytes', () => {
    const packets = new PacketArray(3, 100)
    expect([packets.count, packets.size, packets.payload.length]).toEqual([3, 100, 300])
    for (const bad of [0, -1, 0.5, Number.NaN, untyped<number>('3'), untyped<number>(undefined)]) {
      expect(() => new PacketArray(bad, 8)).toThrow(RangeError)
      expect(() => new PacketArray(8, bad)).toThrow(RangeError)
    }
    expect(() => new PacketArray(1025, 8)).toThrow(RangeError)
    expect(() => new PacketArray(8, 65537)).toThrow(RangeError)
  })

  test('one that found only one of its two places free leaves that one to others', async () => {
    const outcome = await runProgram(
      `
      const held = Array.from({ length: 65535 }, () => new rearm.EpollEvents(1))
      try { new net.PacketArray(1, 1) } catch (error) { console.log(error.code) }
      for (let events; events === undefined; ) {
        gc()
        await new Promise((resolve) => setImmediate(resolve))
        try { events = new rearm.EpollEvents(1) } catch {}
      }
      console.log(held.length)
      `,
      ['--expose-gc'],
    )
    expect(outcome).toEqual({
      status: 0,
      signal: null,
      stdout: 'ERR_OUT_OF_RANGE\n65535\n',
      stderr: '',
    })
  })

  test('begins empty, and keeps what is set', () => {
    const packets = new PacketArray(2, 10)
    expect([
      packets.length(1),
      packets.flags(1),
      packets.segmentSize(1),
      packets.address(1).length,
    ]).toEqual([0, 0, 0, 0])
    packets.setLength(1, 10)
    packets.setSegmentSize(1, 65535)
    packets.address(1).set(loopback(80))
    expect([packets.length(1), packets.segmentSize(1)]).toEqual([10, 65535])
    expect(packets.address(1).equals(new SocketAddress(loopback(80)))).toBe(true)
    expect(packets.address(1)).toBe(packets.address(1))
    expect([packets.length(0), packets.segmentSize(0), packets.address(0).length]).toEqual([
      0, 0, 0,
    ])
  })

  test('refuses lengths and segment sizes that do not fit', () => {
    const packets = new PacketArray(1, 10)
    for (const length of [-1, 11, 0.5, Number.NaN]) {
      expect(() => packets.setLength(0, length)).toThrow(RangeError)
    }
    for (const size of [-1, 65536, 0.5, Number.NaN]) {
      expect(() => packets.setSegmentSize(0, size)).toThrow(RangeError)
    }
  })

  test('an index that names no packet is a RangeError', () => {
    const packets = new PacketArray(2, 10)
    for (const index of [-1, 2, 0.5, 1 / 36, Number.NaN, 2 ** 32]) {
      expect(() => packets.length(index)).toThrow(RangeError)
      expect(() => packets.flags(index)).toThrow(RangeError)
      expect(() => packets.truncated(index)).toThrow(RangeError)
      expect(() => packets.segmentSize(index)).toThrow(RangeError)
      expect(() => packets.address(index)).toThrow(RangeError)
      expect(() => packets.setLength(index, 1)).toThrow(RangeError)
      expect(() => packets.setSegmentSize(index, 1)).toThrow(RangeError)
    }
  })
})
