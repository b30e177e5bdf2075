import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Address, SocketAddress } from '../../src/socket/index.js'
import { untyped } from '../untyped.js'

fc.configureGlobal({ seed: 20260401, numRuns: 1000 })

const roundTrip = (address: Address): Address => new SocketAddress(address).toAddress()
const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 })
/** Text whose UTF-8 is well-formed: others have no bytes of their own. */
const utf8 = fc
  .string({ unit: 'binary', maxLength: 40 })
  .filter((text) => !/\p{Surrogate}/u.test(text))
const room = (text: string) => new TextEncoder().encode(text).length <= 107

describe('what is encoded is decoded', () => {
  test('IPv4', () => {
    fc.assert(
      fc.property(fc.ipV4(), uint(16), (address, port) => {
        expect(roundTrip({ family: 'ipv4', address, port })).toEqual({
          family: 'ipv4',
          address,
          port,
        })
      }),
    )
  })

  test('IPv6, in the spelling of RFC 5952', () => {
    fc.assert(
      fc.property(fc.ipV6(), uint(16), uint(20), uint(32), (address, port, flowlabel, scopeId) => {
        const decoded = roundTrip({ family: 'ipv6', address, port, flowlabel, scopeId })
        expect(decoded).toMatchObject({ family: 'ipv6', port, flowlabel, scopeId })
        // The same address under either spelling, and the spelling does not change again.
        expect(
          new SocketAddress(decoded).equals(
            new SocketAddress({ family: 'ipv6', address, port, flowlabel, scopeId }),
          ),
        ).toBe(true)
        expect(roundTrip(decoded)).toEqual(decoded)
      }),
    )
  })

  test('unix paths', () => {
    const path = utf8.filter((text) => text !== '' && !text.includes('\0') && room(text))
    fc.assert(
      fc.property(path, (text) => {
        expect(roundTrip({ family: 'unix', path: text })).toEqual({ family: 'unix', path: text })
      }),
    )
  })

  test('abstract names, with any character', () => {
    fc.assert(
      fc.property(utf8.filter(room), (text) => {
        expect(roundTrip({ family: 'unix', abstract: text })).toEqual({
          family: 'unix',
          abstract: text,
        })
      }),
    )
  })

  test('unix names of bytes: text when they are UTF-8, else the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ min: 1, minLength: 1, maxLength: 107 }), (bytes) => {
        for (const key of ['path', 'abstract'] as const) {
          const name = untyped<Record<string, string | Uint8Array>>(
            roundTrip({ family: 'unix', [key]: bytes }),
          )[key]
          expect(Buffer.from(untyped<Uint8Array>(name))).toEqual(Buffer.from(bytes))
        }
      }),
    )
    expect(roundTrip({ family: 'unix', path: Uint8Array.of(0xff, 97) })).toEqual({
      family: 'unix',
      path: Uint8Array.of(0xff, 97),
    })
  })

  test('the unnamed unix address, and names that begin with a byte order mark', () => {
    expect(roundTrip({ family: 'unix' })).toEqual({ family: 'unix' })
    expect(roundTrip({ family: 'unix', abstract: '' })).toEqual({ family: 'unix', abstract: '' })
    expect(roundTrip({ family: 'unix', path: '\ufeff/a' })).toEqual({
      family: 'unix',
      path: '\ufeff/a',
    })
    expect(roundTrip({ family: 'unix', abstract: '\ufeffa' })).toEqual({
      family: 'unix',
      abstract: '\ufeffa',
    })
  })

  test('CAN', () => {
    fc.assert(
      fc.property(uint(31), uint(32), uint(32), (interfaceIndex, rxId, txId) => {
        const address: Address = { family: 'can', interfaceIndex, rxId, txId }
        expect(roundTrip(address)).toEqual(address)
      }),
    )
    expect(roundTrip({ family: 'can', interfaceIndex: 3 })).toEqual({
      family: 'can',
      interfaceIndex: 3,
      rxId: 0,
      txId: 0,
    })
  })

  test('netlink', () => {
    fc.assert(
      fc.property(uint(32), uint(32), (pid, groups) => {
        expect(roundTrip({ family: 'netlink', pid, groups })).toEqual({
          family: 'netlink',
          pid,
          groups,
        })
      }),
    )
  })

  test('other families, as their bytes', () => {
    const others = uint(16).filter((number) => ![1, 2, 10, 16, 29].includes(number))
    fc.assert(
      fc.property(others, fc.uint8Array({ maxLength: 126 }), (number, bytes) => {
        const decoded = roundTrip({ family: 'other', number, bytes })
        expect(decoded).toEqual({ family: 'other', number, bytes: expect.any(Uint8Array) })
        expect(Buffer.from(untyped<{ bytes: Uint8Array }>(decoded).bytes)).toEqual(
          Buffer.from(bytes),
        )
      }),
    )
  })

  test('a known family that is cut short is given as bytes', () => {
    for (const number of [2, 10, 29, 16]) {
      const address: Address = { family: 'other', number, bytes: Uint8Array.of(1, 2) }
      expect(roundTrip(address)).toEqual(address)
    }
  })
})

describe('SocketAddress', () => {
  const first: Address = { family: 'ipv4', address: '10.0.0.1', port: 1 }
  const second: Address = { family: 'unix', path: '/run/x' }

  test('is no address until it is set', () => {
    const address = new SocketAddress()
    expect(address.length).toBe(0)
    expect(address.toAddress()).toEqual({ family: 'other', number: 0, bytes: new Uint8Array(0) })
    address.set(first)
    expect(address.length).toBe(16)
    expect(address.toAddress()).toEqual(first)
  })

  test('forgets the longer address that it held before', () => {
    const address = new SocketAddress({ family: 'unix', abstract: 'x'.repeat(100) })
    address.set(first)
    expect(address.equals(new SocketAddress(first))).toBe(true)
    address.clear()
    expect(address.length).toBe(0)
    expect(address.equals(new SocketAddress())).toBe(true)
  })

  test('keeps what it held when the new address is refused', () => {
    const address = new SocketAddress(first)
    expect(() => address.set({ family: 'ipv4', address: 'localhost', port: 1 })).toThrow(RangeError)
    expect(() => address.set(untyped(undefined))).toThrow(TypeError)
    expect(address.toAddress()).toEqual(first)
  })

  test('copies and compares', () => {
    const [a, b] = [new SocketAddress(first), new SocketAddress(second)]
    expect(a.equals(b)).toBe(false)
    a.copy(b)
    expect(a.equals(b)).toBe(true)
    expect(a.toAddress()).toEqual(second)
    b.clear()
    expect(a.toAddress()).toEqual(second)
    expect(new SocketAddress({ ...first, port: 2 }).equals(new SocketAddress(first))).toBe(false)
  })
})
