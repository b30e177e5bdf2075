import { isIPv4, isIPv6, SocketAddress as NodeSocketAddress } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Address, SocketAddress } from '../../src/socket/index.js'
import { untyped } from '../untyped.js'

// The same cases in every run.
fc.configureGlobal({ seed: 20260401, numRuns: 1000 })

const roundTrip = (address: Address): Address => new SocketAddress(address).toAddress()
const ipv6 = (address: string): Address => ({ family: 'ipv6', address, port: 0 })
/** How a text of an address comes back. */
const respelled = (address: string) => (roundTrip(ipv6(address)) as { address: string }).address

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

describe('the text of an IPv6 address', () => {
  test('is read as node:net reads it', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const node = new NodeSocketAddress({ address, family: 'ipv6' }).address
        const equal = new SocketAddress(ipv6(node)).equals(new SocketAddress(ipv6(address)))
        expect([address, node, equal]).toEqual([address, node, true])
      }),
    )
  })

  test('is written so that node:net reads the same', () => {
    const eight = fc.array(fc.oneof(fc.constant(0), uint(16)), { minLength: 8, maxLength: 8 })
    fc.assert(
      fc.property(eight, (groups) => {
        const long = groups.map((group) => group.toString(16)).join(':')
        const ours = respelled(long)
        expect([ours, isIPv6(ours)]).toEqual([ours, true])
        const spelled = (address: string) =>
          new NodeSocketAddress({ address, family: 'ipv6' }).address
        expect(spelled(ours)).toBe(spelled(long))
      }),
    )
  })

  test('is accepted exactly when node:net accepts it', () => {
    // Pieces of addresses, put together at random: near misses are the interesting ones.
    const piece = fc.constantFrom(
      ':',
      '::',
      '0',
      '1',
      'ffff',
      'FfFf',
      '00001',
      'g',
      '.',
      '1.2.3.4',
      '256.1.1.1',
      '01.2.3.4',
      ' ',
      '%',
      '-1',
      '',
    )
    const text = fc.array(piece, { maxLength: 17 }).map((pieces) => pieces.join(''))
    const colons = fc.array(fc.constantFrom('0', 'a', 'ffff', '', '1.2.3.4'), {
      minLength: 2,
      maxLength: 10,
    })
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          colons.map((groups) => groups.join(':')),
          fc.string(),
        ),
        (candidate) => {
          // A zone is scopeId here.
          const legal = isIPv6(candidate) && !candidate.includes('%')
          let accepted = true
          try {
            new SocketAddress(ipv6(candidate))
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError)
            accepted = false
          }
          expect([candidate, accepted]).toEqual([candidate, legal])
        },
      ),
      { numRuns: 20_000 },
    )
  })

  test.each([
    ['::', '::'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['0:0:0:0:0:ffff:102:304', '::ffff:1.2.3.4'],
    ['::ffff:1.2.3.4', '::ffff:1.2.3.4'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
  ])('%s is written %s', (address, spelling) => {
    expect(respelled(address)).toBe(spelling)
  })

  test.each([
    '',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    '::g',
    '::1 ',
    ' ::1',
    '::1%lo',
    '[::1]',
    '1.2.3.4',
    '1.2.3.4::',
    '::1.2.3',
    '::1.2.3.4.5',
    '::256.2.3.4',
    '::01.2.3.4',
    '::1.2.3.4:5',
    '::\0',
    '：：1',
    '::１',
  ])('%j is refused', (address) => {
    expect(() => new SocketAddress(ipv6(address))).toThrow(RangeError)
  })
})

describe('hostile addresses', () => {
  test('the text of an IPv4 address is accepted exactly when node:net accepts it', () => {
    const octet = fc.constantFrom(
      '0',
      '1',
      '255',
      '256',
      '01',
      '',
      '-1',
      '1e1',
      '0x1',
      ' 1',
      '١',
      '1\n',
    )
    fc.assert(
      fc.property(fc.array(octet, { minLength: 1, maxLength: 5 }), (octets) => {
        const address = octets.join('.')
        const make = () => new SocketAddress({ family: 'ipv4', address, port: 1 })
        if (isIPv4(address))
          expect(make().toAddress()).toEqual({ family: 'ipv4', address, port: 1 })
        else expect(make).toThrow(RangeError)
      }),
    )
  })

  test('fields that do not fit are refused', () => {
    const numbers = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]
    const cases: ((bad: number) => Address)[] = [
      (port) => ({ family: 'ipv4', address: '1.2.3.4', port }),
      (port) => ({ family: 'ipv6', address: '::', port }),
      (flowlabel) => ({ family: 'ipv6', address: '::', port: 0, flowlabel }),
      (scopeId) => ({ family: 'ipv6', address: '::', port: 0, scopeId }),
      (interfaceIndex) => ({ family: 'can', interfaceIndex }),
      (rxId) => ({ family: 'can', interfaceIndex: 0, rxId }),
      (txId) => ({ family: 'can', interfaceIndex: 0, txId }),
      (pid) => ({ family: 'netlink', pid, groups: 0 }),
      (groups) => ({ family: 'netlink', pid: 0, groups }),
      (number) => ({ family: 'other', number, bytes: new Uint8Array(0) }),
    ]
    for (const make of cases) {
      for (const bad of numbers) expect(() => new SocketAddress(make(bad))).toThrow(RangeError)
      for (const bad of ['1', null, 1n, {}]) {
        // What is optional may be left out, but not be something else.
        if (bad === null && ['rxId', 'txId', 'flowlabel', 'scopeId'].some((key) => key in make(0)))
          continue
        expect(() => new SocketAddress(make(untyped(bad)))).toThrow(TypeError)
      }
    }
    const most = [
      65536,
      65536,
      2 ** 20,
      2 ** 32,
      2 ** 31,
      2 ** 32,
      2 ** 32,
      2 ** 32,
      2 ** 32,
      65536,
    ]
    cases.forEach((make, index) => {
      const limit = most[index] ?? 0
      expect(() => new SocketAddress(make(limit))).toThrow(RangeError)
      new SocketAddress(make(limit - 1))
    })
  })

  test('unix names that do not fit, are empty, or hold a NUL are refused', () => {
    for (const name of ['x'.repeat(108), 'ü'.repeat(54), new Uint8Array(108).fill(1)]) {
      expect(() => new SocketAddress({ family: 'unix', path: name })).toThrow(RangeError)
      expect(() => new SocketAddress({ family: 'unix', abstract: name })).toThrow(RangeError)
    }
    for (const path of ['', 'a\0b', '\0abstract', new Uint8Array(0)]) {
      expect(() => new SocketAddress({ family: 'unix', path })).toThrow(RangeError)
    }
    expect(() => new SocketAddress({ family: 'unix', path: 'a', abstract: 'b' })).toThrow(TypeError)
    for (const name of [1, null, {}, ['a'], new Uint16Array(2)]) {
      expect(() => new SocketAddress({ family: 'unix', path: untyped(name) })).toThrow(TypeError)
      expect(() => new SocketAddress({ family: 'unix', abstract: untyped(name) })).toThrow(
        TypeError,
      )
    }
  })

  test('what is no address is a TypeError', () => {
    for (const address of [null, 1, 'x', {}, { family: 'ipv4 ' }, { family: 2 }, []]) {
      expect(() => new SocketAddress(untyped(address))).toThrow(TypeError)
    }
    expect(() => new SocketAddress(untyped({ family: 'ipv4', port: 1 }))).toThrow(TypeError)
    expect(() => new SocketAddress(untyped({ family: 'ipv4', address: 1, port: 1 }))).toThrow(
      TypeError,
    )
    expect(() => new SocketAddress(untyped({ family: 'ipv6', address: null, port: 1 }))).toThrow(
      TypeError,
    )
    expect(() => new SocketAddress(untyped({ family: 'other', number: 3, bytes: [1] }))).toThrow(
      TypeError,
    )
    expect(
      () => new SocketAddress({ family: 'other', number: 3, bytes: new Uint8Array(127) }),
    ).toThrow(RangeError)
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
