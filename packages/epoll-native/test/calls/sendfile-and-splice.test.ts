import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EpollFlag, Errno } from '../../src/index.js'
import { SpliceFlag, sendfile, splice, write } from '../../src/io/index.js'
import { expectNoLeak, readiness } from '../descriptors.js'
import { openedFile, scratchDirectory } from '../files.js'
import { bytesOf, drain, fill, pipe, tcpPair, textOf, unixPair } from '../sockets.js'
import { untyped } from '../untyped.js'

expectNoLeak()

const directory = scratchDirectory()
const file = (name: string, content: string, flags?: string) =>
  openedFile(join(directory, name), content, flags)

describe('sendfile', () => {
  test('moves a part of a file, or from its own position', () => {
    const [left, right] = unixPair()
    const from = file('send', '0123456789')
    expect(sendfile(left, from, 2, 3)).toBe(3)
    expect(sendfile(left, from, undefined, 4)).toBe(4)
    expect(sendfile(left, from, undefined, 100)).toBe(6)
    expect(sendfile(left, from, undefined, 100)).toBe(0)
    expect(sendfile(left, from, 10, 1)).toBe(0)
    expect(textOf(drain(right))).toBe('2340123456789')
  })

  test('over TCP', () => {
    const { client, server } = tcpPair()
    const from = file('tcp', 'x'.repeat(5000))
    expect(sendfile(server, from, 0, 5000)).toBe(5000)
    let total = 0
    while (total < 5000) {
      expect(readiness(client)).toBe(EpollFlag.IN)
      total += drain(client).length
    }
    expect(total).toBe(5000)
  })

  test('answers as the kernel does', () => {
    const [left] = unixPair()
    const from = file('errors', 'abc')
    expect(sendfile(-1, from, 0, 1)).toBe(-Errno.EBADF)
    expect(sendfile(left, -1, 0, 1)).toBe(-Errno.EBADF)
    expect(sendfile(left, left, undefined, 1)).toBe(-Errno.EINVAL)
    expect(sendfile(left, left, 0, 1)).toBe(-Errno.ESPIPE)
    fill(left)
    expect(sendfile(left, from, 0, 3)).toBe(-Errno.EAGAIN)
  })

  test('refuses positions and lengths that do not fit', () => {
    const [left] = unixPair()
    const from = file('refuse', 'abc')
    for (const offset of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => sendfile(left, from, offset, 1)).toThrow(RangeError)
    }
    for (const length of [-1, 0.5, 2 ** 31]) {
      expect(() => sendfile(left, from, 0, length)).toThrow(RangeError)
    }
    expect(() => sendfile(left, from, untyped(null), 1)).toThrow(TypeError)
    expect(() => sendfile(left, from, untyped(0n), 1)).toThrow(TypeError)
  })
})

describe('splice', () => {
  test('moves bytes from a file through a pipe to a socket', () => {
    const [out, into] = pipe()
    const [left, right] = unixPair()
    const from = file('splice', '0123456789')
    expect(splice(from, 3, into, undefined, 5, SpliceFlag.MOVE)).toBe(5)
    expect(
      splice(out, undefined, left, undefined, 100, SpliceFlag.NONBLOCK | SpliceFlag.MORE),
    ).toBe(5)
    expect(textOf(drain(right))).toBe('34567')
    expect(splice(from, undefined, into, undefined, 2, 0)).toBe(2)
    expect(splice(from, 10, into, undefined, 2, 0)).toBe(0)
    expect(textOf(drain(out))).toBe('01')
  })

  test('moves bytes from a pipe into a place of a file', () => {
    const [out, into] = pipe()
    const target = file('target', '..........', 'r+')
    expect(write(into, bytesOf('xyz'))).toBe(3)
    expect(splice(out, undefined, target, 4, 3, 0)).toBe(3)
    expect(readFileSync(join(directory, 'target'), 'utf8')).toBe('....xyz...')
  })

  test('answers as the kernel does', () => {
    const [out, into] = pipe()
    const from = file('splice-errors', 'abc')
    const [left] = unixPair()
    expect(splice(-1, undefined, into, undefined, 1, 0)).toBe(-Errno.EBADF)
    expect(splice(from, undefined, -1, undefined, 1, 0)).toBe(-Errno.EBADF)
    expect(splice(from, undefined, left, undefined, 1, 0)).toBe(-Errno.EINVAL)
    expect(splice(out, 0, left, undefined, 1, 0)).toBe(-Errno.ESPIPE)
    expect(splice(out, undefined, left, undefined, 1, SpliceFlag.NONBLOCK)).toBe(-Errno.EAGAIN)
    expect(splice(from, undefined, into, undefined, 1, 0x80000000)).toBe(-Errno.EINVAL)
  })

  test('refuses positions, lengths and flags that do not fit', () => {
    const [out, into] = pipe()
    expect(() => splice(out, -1, into, undefined, 1, 0)).toThrow(RangeError)
    expect(() => splice(out, undefined, into, 0.5, 1, 0)).toThrow(RangeError)
    expect(() => splice(out, undefined, into, undefined, 2 ** 31, 0)).toThrow(RangeError)
    expect(() => splice(out, undefined, into, undefined, 1, 2 ** 32)).toThrow(RangeError)
    expect(() => splice(out, undefined, into, undefined, 1, untyped(undefined))).toThrow(TypeError)
  })
})
