import { describe, expect, test } from 'vitest'
import { EpollFlag, Errno, EventFd } from '../../src/index.js'
import {
  AddressFamily,
  bind,
  connect,
  MessageFlag,
  PacketArray,
  recvmmsg,
  SocketType,
  sendmmsg,
  sendmsg,
} from '../../src/socket/index.js'
import { disposed, expectNoLeak, openDescriptors, readiness } from '../descriptors.js'
import { put, receiveAll, textAt } from '../packet-texts.js'
import { bytesOf, nameOf, newSocket, udpSocket, unixPair } from '../sockets.js'
import { untyped } from '../untyped.js'

expectNoLeak()

describe('sendmmsg and recvmmsg', () => {
  test('carry datagrams to and from any address, and back again in the same array', () => {
    const [a, b, c] = [udpSocket(), udpSocket(), udpSocket()]
    const packets = new PacketArray(4, 32)
    for (let i = 0; i < 4; i++) {
      put(packets, i, `packet ${i}`)
      packets.address(i).copy(nameOf(i % 2 === 0 ? b : c))
    }
    expect(sendmmsg(a, packets)).toBe(4)
    for (const [fd, texts] of [
      [b, ['packet 0', 'packet 2']],
      [c, ['packet 1', 'packet 3']],
    ] as const) {
      const received = new PacketArray(4, 32)
      receiveAll(fd, received, 2)
      expect([0, 1].map((i) => textAt(received, i))).toEqual(texts)
      for (const i of [0, 1]) {
        expect(received.address(i).equals(nameOf(a))).toBe(true)
        expect([received.flags(i), received.truncated(i), received.segmentSize(i)]).toEqual([
          0,
          false,
          0,
        ])
      }
      expect(sendmmsg(fd, received, 0, 2)).toBe(2)
    }
    const echoes = new PacketArray(8, 32)
    receiveAll(a, echoes, 4)
    expect([0, 1, 2, 3].map((i) => textAt(echoes, i)).sort()).toEqual(
      [0, 1, 2, 3].map((i) => `packet ${i}`),
    )
  })

  test('use a part of the array', () => {
    const [a, b] = [udpSocket(), udpSocket()]
    const packets = new PacketArray(5, 8)
    for (let i = 0; i < 5; i++) {
      put(packets, i, `p${i}`)
      packets.address(i).copy(nameOf(b))
    }
    expect(sendmmsg(a, packets, 3)).toBe(2)
    expect(sendmmsg(a, packets, 1, 1)).toBe(1)
    expect(sendmmsg(a, packets, 5)).toBe(0)
    expect(sendmmsg(a, packets, 0, 0)).toBe(0)
    const received = new PacketArray(5, 8)
    put(received, 0, 'old')
    for (let index = 1; index < 4; ) {
      expect(readiness(b)).toBe(EpollFlag.IN)
      expect(recvmmsg(b, received, index, 1)).toBe(1)
      index++
    }
    expect([0, 1, 2, 3].map((i) => textAt(received, i))).toEqual(['old', 'p3', 'p4', 'p1'])
  })

  test('a connected socket takes packets without an address', () => {
    const [a, b] = [udpSocket(), udpSocket()]
    expect(connect(a, nameOf(b))).toBe(0)
    const packets = new PacketArray(2, 8)
    put(packets, 0, 'one')
    put(packets, 1, 'two')
    expect(packets.address(0).length).toBe(0)
    expect(sendmmsg(a, packets)).toBe(2)
    receiveAll(b, packets, 2)
    expect([textAt(packets, 0), textAt(packets, 1)]).toEqual(['one', 'two'])
    expect(packets.address(1).equals(nameOf(a))).toBe(true)
    packets.address(0).clear()
    expect(sendmmsg(udpSocket(), packets, 0, 1)).toBe(-Errno.EDESTADDRREQ)
  })

  test('a datagram that is longer than its room is cut, and says so', () => {
    const [a, b] = [udpSocket(), udpSocket()]
    const packets = new PacketArray(2, 16)
    for (const i of [0, 1]) packets.address(i).copy(nameOf(b))
    put(packets, 0, '0123456789')
    put(packets, 1, 'abcd')
    expect(sendmmsg(a, packets)).toBe(2)
    const small = new PacketArray(2, 4)
    receiveAll(b, small, 2)
    expect([0, 1].map((i) => [textAt(small, i), small.truncated(i), small.flags(i)])).toEqual([
      ['0123', true, MessageFlag.TRUNC],
      ['abcd', false, 0],
    ])
  })

  test('an empty datagram is a packet of length 0', () => {
    const [a, b] = [udpSocket(), udpSocket()]
    const packets = new PacketArray(2, 4)
    for (const i of [0, 1]) packets.address(i).copy(nameOf(b))
    put(packets, 1, 'x')
    expect(sendmmsg(a, packets)).toBe(2)
    const received = new PacketArray(2, 4)
    received.setLength(0, 4)
    receiveAll(b, received, 2)
    expect([received.length(0), received.length(1)]).toEqual([0, 1])
    expect(received.address(0).equals(nameOf(a))).toBe(true)
  })

  test('work over unix datagrams, named and in pairs', () => {
    const [a, b] = [0, 1].map(() => {
      const fd = newSocket(SocketType.DGRAM, AddressFamily.UNIX)
      expect(bind(fd, { family: 'unix' })).toBe(0)
      return fd
    }) as [number, number]
    const packets = new PacketArray(3, 16)
    for (let i = 0; i < 3; i++) {
      put(packets, i, `unix ${i}`)
      packets.address(i).copy(nameOf(b))
    }
    expect(sendmmsg(a, packets)).toBe(3)
    const received = new PacketArray(3, 16)
    expect(recvmmsg(b, received)).toBe(3)
    expect([0, 1, 2].map((i) => textAt(received, i))).toEqual(['unix 0', 'unix 1', 'unix 2'])
    expect(received.address(2).toAddress()).toEqual(nameOf(a).toAddress())
    const [left, right] = unixPair(SocketType.DGRAM)
    for (let i = 0; i < 3; i++) packets.address(i).clear()
    expect(sendmmsg(left, packets)).toBe(3)
    expect(recvmmsg(right, received)).toBe(3)
    expect(received.address(0).length).toBe(0)
  })

  test('a shorter address leaves nothing of the longer one before', () => {
    const received = new PacketArray(1, 8)
    received.address(0).set({ family: 'unix', abstract: 'x'.repeat(100) })
    const [a, b] = [udpSocket(), udpSocket()]
    const packets = new PacketArray(1, 8)
    packets.address(0).copy(nameOf(b))
    expect(sendmmsg(a, packets)).toBe(1)
    receiveAll(b, received, 1)
    expect(received.address(0).equals(nameOf(a))).toBe(true)
    expect(received.address(0).toAddress()).toEqual(nameOf(a).toAddress())
  })

  test('descriptors that a peer attached are closed', () => {
    const [left, right] = unixPair(SocketType.DGRAM)
    const bell = disposed(new EventFd())
    for (let i = 0; i < 3; i++) {
      expect(
        sendmsg(left, bytesOf('gift'), 0, 4, 0, new Array<number>(1 + i * 20).fill(bell.fd)),
      ).toBe(4)
    }
    const before = openDescriptors().size
    const received = new PacketArray(4, 8)
    expect(recvmmsg(right, received)).toBe(3)
    expect(openDescriptors().size).toBe(before)
    expect([0, 1, 2].map((i) => textAt(received, i))).toEqual(['gift', 'gift', 'gift'])
  })

  test('fewer are sent when one fails after the first', () => {
    const [a, b] = [udpSocket(), udpSocket()]
    const packets = new PacketArray(3, 8)
    for (const i of [0, 2]) packets.address(i).copy(nameOf(b))
    packets.address(1).set({ family: 'ipv6', address: '::1', port: 9 })
    expect(sendmmsg(a, packets)).toBe(1)
    expect(sendmmsg(a, packets, 1)).toBe(-Errno.EAFNOSUPPORT)
    expect(sendmmsg(a, packets, 2)).toBe(1)
  })

  test('a released array makes room at once, and can no longer be used', () => {
    for (let made = 0; made < 40000; made++) new PacketArray(1, 1).release()
    const packets = new PacketArray(1, 1)
    packets.release()
    packets.release()
    expect(() => recvmmsg(udpSocket(), packets)).toThrow(RangeError)
    expect(() => sendmmsg(udpSocket(), packets)).toThrow(RangeError)
  })

  test('1024 packets go in one call', () => {
    const [left, right] = unixPair(SocketType.STREAM)
    const packets = new PacketArray(1024, 1)
    for (let i = 0; i < 1024; i++) packets.setLength(i, 1)
    const sent = sendmmsg(left, packets)
    expect(sent).toBeGreaterThan(1)
    expect(sent).toBeLessThanOrEqual(1024)
    const received = new PacketArray(1024, 1)
    expect(recvmmsg(right, received)).toBe(sent)
  })

  test('answer as the kernel does', () => {
    const packets = new PacketArray(2, 8)
    const bell = disposed(new EventFd())
    expect(recvmmsg(udpSocket(), packets)).toBe(-Errno.EAGAIN)
    expect(recvmmsg(-1, packets)).toBe(-Errno.EBADF)
    expect(sendmmsg(-1, packets)).toBe(-Errno.EBADF)
    expect(recvmmsg(bell.fd, packets)).toBe(-Errno.ENOTSOCK)
    expect(sendmmsg(bell.fd, packets)).toBe(-Errno.ENOTSOCK)
    const big = new PacketArray(1, 65536)
    const a = udpSocket()
    big.setLength(0, 65536)
    big.address(0).copy(nameOf(a))
    expect(sendmmsg(a, big)).toBe(-Errno.EMSGSIZE)
  })

  test('PEEK leaves the datagrams, DONTWAIT does not wait', () => {
    const [left, right] = unixPair(SocketType.DGRAM)
    const packets = new PacketArray(1, 8)
    put(packets, 0, 'peek')
    expect(sendmmsg(left, packets)).toBe(1)
    const received = new PacketArray(1, 8)
    expect(recvmmsg(right, received, 0, 1, MessageFlag.PEEK)).toBe(1)
    expect(recvmmsg(right, received, 0, 1, MessageFlag.DONTWAIT)).toBe(1)
    expect(textAt(received, 0)).toBe('peek')
    expect(recvmmsg(right, received, 0, 1, MessageFlag.DONTWAIT)).toBe(-Errno.EAGAIN)
  })

  test('refuse wrong arguments', () => {
    const fd = udpSocket()
    const packets = new PacketArray(4, 8)
    for (const call of [recvmmsg, sendmmsg]) {
      for (const [from, count] of [
        [-1, 1],
        [5, 0],
        [0, 5],
        [3, 2],
        [0.5, 1],
        [0, 0.5],
        [0, -1],
        [Number.NaN, 1],
        [2 ** 32, 0],
      ] as const) {
        expect(() => call(fd, packets, from, count)).toThrow(RangeError)
      }
      expect(() => call(fd, packets, 0, 1, 0.5)).toThrow(RangeError)
      expect(() => call(0.5, packets)).toThrow(RangeError)
      for (const other of [undefined, null, {}, [], new Uint8Array(64)]) {
        expect(() => call(fd, untyped(other), 0, 1)).toThrow(TypeError)
      }
      expect(() => call(fd, Object.create(PacketArray.prototype), 0, 1)).toThrow(TypeError)
    }
  })

  test('a payload that was transferred away is a RangeError', () => {
    const fd = udpSocket()
    const packets = new PacketArray(1, 8)
    structuredClone(packets.payload, { transfer: [packets.payload.buffer as ArrayBuffer] })
    expect(() => recvmmsg(fd, packets, 0, 1)).toThrow(RangeError)
    expect(() => sendmmsg(fd, packets, 0, 1)).toThrow(RangeError)
  })
})
