import { describe, expect, test } from 'vitest'
import { Errno, EventFd } from '../../src/index.js'
import { close } from '../../src/io/index.js'
import {
  getSocketOption,
  getsockopt,
  SocketOption,
  setSocketOption,
  setsockopt,
} from '../../src/socket/index.js'
import { disposed, expectNoLeak } from '../descriptors.js'
import { cases, failing, tcp, unix } from '../option-cases.js'
import { bytesOf, udpSocket, unixPair } from '../sockets.js'
import { untyped } from '../untyped.js'

expectNoLeak()

describe('SocketOption', () => {
  test.each(Object.entries(cases))('%s', (_, check) => check())

  test('every name has an option of its own', () => {
    const places = Object.values(SocketOption).map(({ level, name }) => `${level}/${name}`)
    expect(new Set(places).size).toBe(places.length)
    expect(Object.keys(cases).sort()).toEqual(Object.keys(SocketOption).sort())
  })

  test('errors carry their call', () => {
    const eventfd = disposed(new EventFd()).fd
    for (const [fd, code] of [
      [-1, 'EBADF'],
      [eventfd, 'ENOTSOCK'],
    ] as const) {
      expect(() => getSocketOption(fd, SocketOption.REUSEADDR)).toThrow(failing(code, 'getsockopt'))
      expect(() => setSocketOption(fd, SocketOption.REUSEADDR, true)).toThrow(
        failing(code, 'setsockopt'),
      )
    }
    expect(() => setSocketOption(tcp(), SocketOption.IP_TTL, 256)).toThrow(
      failing('EINVAL', 'setsockopt'),
    )
    expect(() => getSocketOption(unix(), SocketOption.TCP_NODELAY)).toThrow(
      failing('EOPNOTSUPP', 'getsockopt'),
    )
    expect(() => setSocketOption(tcp(), SocketOption.ACCEPTCONN, true)).toThrow(
      failing('ENOPROTOOPT', 'setsockopt'),
    )
  })

  test('a value of the wrong kind is refused', () => {
    const fd = tcp()
    for (const value of [1, 0, 'true', null, undefined, {}]) {
      expect(() => setSocketOption(fd, SocketOption.TCP_NODELAY, untyped(value))).toThrow(TypeError)
    }
    for (const value of [true, '1', null, undefined, 1n, {}]) {
      expect(() => setSocketOption(fd, SocketOption.IP_TTL, untyped(value))).toThrow(TypeError)
    }
    for (const value of [0.5, Number.NaN, 2 ** 31, 2 ** 32, -(2 ** 31) - 1]) {
      expect(() => setSocketOption(fd, SocketOption.IP_TTL, value)).toThrow(RangeError)
    }
    for (const value of [0.5, Number.NaN, 2 ** 32, -1]) {
      expect(() => setSocketOption(fd, SocketOption.TCP_NOTSENT_LOWAT, value)).toThrow(RangeError)
    }
    for (const value of [
      null,
      undefined,
      1,
      {},
      { on: 1, seconds: 1 },
      { on: true },
      { on: true, seconds: '1' },
    ]) {
      expect(() => setSocketOption(fd, SocketOption.LINGER, untyped(value))).toThrow(TypeError)
    }
    for (const seconds of [0.5, -5, 2 ** 31]) {
      expect(() => setSocketOption(fd, SocketOption.LINGER, { on: true, seconds })).toThrow(
        RangeError,
      )
    }
    expect(() => setSocketOption(fd, SocketOption.TCP_CONGESTION, 'reno\0junk')).toThrow(RangeError)
    for (const value of [1, null, new Uint8Array(2)]) {
      expect(() => setSocketOption(fd, SocketOption.TCP_CONGESTION, untyped(value))).toThrow(
        TypeError,
      )
    }
  })
})

describe('getsockopt and setsockopt', () => {
  const [SOL_SOCKET, SO_RCVBUF, SO_PEERCRED] = [1, 8, 17]

  test('take the bytes of any option', () => {
    const fd = tcp()
    const value = new Int32Array([5000])
    expect(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, new Uint8Array(value.buffer))).toBe(0)
    expect(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, new Uint8Array(value.buffer))).toBe(4)
    expect(value[0]).toBe(10_000)
  })

  test('answer how many bytes the value took, at most as many as there is room for', () => {
    const [left] = unixPair()
    expect(getsockopt(left, SOL_SOCKET, SO_PEERCRED, new Uint8Array(64))).toBe(12)
    const short = new Uint8Array(8).fill(0xee)
    expect(getsockopt(left, SOL_SOCKET, SO_PEERCRED, short.subarray(0, 4))).toBe(4)
    expect([...short.subarray(4)]).toEqual([0xee, 0xee, 0xee, 0xee])
    expect(getsockopt(left, SOL_SOCKET, SO_RCVBUF, new Uint8Array(0))).toBe(0)
  })

  test('answer as the kernel does', () => {
    const fd = tcp()
    const value = new Uint8Array(4)
    expect(getsockopt(-1, SOL_SOCKET, SO_RCVBUF, value)).toBe(-Errno.EBADF)
    expect(setsockopt(-1, SOL_SOCKET, SO_RCVBUF, value)).toBe(-Errno.EBADF)
    expect(getsockopt(fd, SOL_SOCKET, 9999, value)).toBe(-Errno.ENOPROTOOPT)
    expect(setsockopt(fd, SOL_SOCKET, 9999, value)).toBe(-Errno.ENOPROTOOPT)
    expect(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, new Uint8Array(3))).toBe(-Errno.EINVAL)
    expect(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, new Uint8Array(0))).toBe(-Errno.EINVAL)
  })

  test('refuse options with which the kernel touches other memory than the value', () => {
    const fd = tcp()
    const value = new Uint8Array(16)
    const unreadable = {
      SO_GET_FILTER: [SOL_SOCKET, 26],
      IP_MSFILTER: [0, 41],
      MCAST_MSFILTER: [0, 48],
      IPT_SO_GET_ENTRIES: [0, 65],
      EBT_SO_GET_ENTRIES: [0, 129],
      TCP_ZEROCOPY_RECEIVE: [6, 35],
      TCP_AO_GET_KEYS: [6, 40],
      'MCAST_MSFILTER of IPv6': [41, 48],
      IP6T_SO_GET_ENTRIES: [41, 65],
      'any of SCTP': [132, 0],
      'any of RDS': [276, 1],
      'any of XDP': [283, 1],
      'any of MPTCP': [284, 4],
    } as const
    for (const [option, [level, name]] of Object.entries(unreadable)) {
      expect(() => getsockopt(fd, level, name, value), option).toThrow(RangeError)
    }
    const unwritable = {
      SO_ATTACH_FILTER: [SOL_SOCKET, 26],
      SO_ATTACH_REUSEPORT_CBPF: [SOL_SOCKET, 51],
      IPT_SO_SET_REPLACE: [0, 64],
      EBT_SO_SET_COUNTERS: [0, 129],
      IP6T_SO_SET_REPLACE: [41, 64],
      PACKET_FANOUT_DATA: [263, 22],
      'any of SCTP': [132, 0],
      'any of MPTCP': [284, 4],
    } as const
    for (const [option, [level, name]] of Object.entries(unwritable)) {
      expect(() => setsockopt(fd, level, name, value), option).toThrow(RangeError)
    }
  })

  test('no option that can be read is written past its value', () => {
    const guard = 0xa5
    for (const fd of [tcp(), udpSocket(), unixPair()[0]]) {
      for (const level of [SOL_SOCKET, 0, 6, 17, 41]) {
        for (let name = 0; name < 130; name++) {
          const memory = new Uint8Array(4096).fill(guard)
          try {
            const length = getsockopt(fd, level, name, memory.subarray(0, 8))
            // SO_PEERPIDFD: the value is a new descriptor.
            if (length === 4 && level === SOL_SOCKET && name === 77) {
              close(new DataView(memory.buffer).getInt32(0, true))
            }
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError)
          }
          expect(memory.subarray(8).every((byte) => byte === guard)).toBe(true)
        }
      }
    }
  })

  test('refuse wrong arguments', () => {
    const fd = tcp()
    for (const call of [getsockopt, setsockopt]) {
      expect(() => call(fd, 0.5, 0, bytesOf('abcd'))).toThrow(RangeError)
      expect(() => call(fd, SOL_SOCKET, 2 ** 31, bytesOf('abcd'))).toThrow(RangeError)
      expect(() => call(fd, SOL_SOCKET, SO_RCVBUF, untyped(4))).toThrow(TypeError)
      expect(() => call(fd, SOL_SOCKET, SO_RCVBUF, untyped(new Int32Array(1)))).toThrow(TypeError)
    }
  })
})
