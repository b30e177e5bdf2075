import { describe, expect, test } from 'vitest'
import { EventFd, epollSetParams, parseInotifyEvents } from '../../src/index.js'
import { bind, SocketAddress, sendmsg } from '../../src/socket/index.js'
import { expectNoLeak } from '../descriptors.js'
import { untyped } from '../untyped.js'

expectNoLeak()

describe('an argument of the wrong type is a TypeError that says so, and nothing is done', () => {
  test.each([new Int32Array(16), new Float64Array(16), new Uint16Array(24), {}, 'abc', undefined])(
    'parseInotifyEvents takes bytes alone: %o',
    (events) => {
      expect(() => parseInotifyEvents(untyped(events))).toThrow(
        new TypeError('parseInotifyEvents: the events must be a Uint8Array'),
      )
    },
  )

  test.each([5, undefined, null, { split: () => ['1', '2', '3', '4'] }])(
    'the text of an address is a string: %o',
    (address) => {
      for (const [family, name] of [
        ['ipv4', 'an IPv4 address'],
        ['ipv6', 'an IPv6 address'],
      ]) {
        expect(() => bind(-1, untyped({ family, address, port: 1 }))).toThrow(
          new TypeError(`${name} must be a string`),
        )
      }
    },
  )

  test('the bytes of an address are looked at once', () => {
    const answers = [new Uint8Array(2), new Uint8Array(1000)]
    const address = new SocketAddress(
      untyped({
        family: 'other',
        number: 99,
        get bytes() {
          return answers.shift()
        },
      }),
    )
    expect(address.length).toBe(4)
  })

  test('an address is compared with an address', () => {
    expect(() => new SocketAddress().equals(untyped({ length: 0 }))).toThrow(TypeError)
  })

  test.each([[() => 0], [{ length: 0 }], ['']])(
    'descriptors are an array, if empty: %o',
    (none) => {
      expect(() => sendmsg(-1, new Uint8Array(1), 0, 1, 0, untyped(none))).toThrow(TypeError)
    },
  )

  test('a boolean is no string that says so', () => {
    const params = {
      busyPollUsecs: 0,
      busyPollBudget: 0,
      preferBusyPoll: untyped<boolean>('false'),
    }
    expect(() => epollSetParams(-1, params)).toThrow(TypeError)
    expect(() => new EventFd({ semaphore: untyped('no') })).toThrow(TypeError)
  })
})
