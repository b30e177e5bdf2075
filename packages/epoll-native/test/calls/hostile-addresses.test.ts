import { isIPv4 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Address, SocketAddress } from '../../src/socket/index.js'
import { untyped } from '../untyped.js'

fc.configureGlobal({ seed: 20260401, numRuns: 1000 })

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
