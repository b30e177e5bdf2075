import { isIPv6, SocketAddress as NodeSocketAddress } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Address, SocketAddress } from '../../src/socket/index.js'

fc.configureGlobal({ seed: 20260401, numRuns: 1000 })

const roundTrip = (address: Address): Address => new SocketAddress(address).toAddress()
const ipv6 = (address: string): Address => ({ family: 'ipv6', address, port: 0 })
/** How a text of an address comes back. */
const respelled = (address: string) => (roundTrip(ipv6(address)) as { address: string }).address
const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 })

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
