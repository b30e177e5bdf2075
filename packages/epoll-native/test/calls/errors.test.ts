import { readSync } from 'node:fs'
import { constants } from 'node:os'
import { getSystemErrorName } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Errno, errnoName, SystemError } from '../../src/index.js'
import { expectNoLeak } from '../descriptors.js'

expectNoLeak()

const caught = (call: () => unknown): unknown => {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('Errno', () => {
  test('equals what Node knows of this machine', () => {
    for (const [name, number] of Object.entries(constants.errno)) {
      // Node lists second names too: EWOULDBLOCK is EAGAIN, ENOTSUP is EOPNOTSUPP.
      const first = { EWOULDBLOCK: 'EAGAIN', ENOTSUP: 'EOPNOTSUPP' }[name] ?? name
      expect([name, (Errno as Record<string, number>)[first]]).toEqual([name, number])
    }
  })

  test('has one name per number, as Node spells it', () => {
    const numbers = Object.values(Errno)
    expect(new Set(numbers).size).toBe(numbers.length)
    for (const [name, number] of Object.entries(Errno)) {
      expect(errnoName(number)).toBe(name)
      expect(errnoName(-number)).toBe(name)
      const known = getSystemErrorName(-number)
      if (!known.startsWith('Unknown')) {
        expect({ EWOULDBLOCK: 'EAGAIN', ENOTSUP: 'EOPNOTSUPP' }[known] ?? known).toBe(name)
      }
    }
  })

  test('an unknown number has no name', () => {
    for (const number of [0, 41, 58, 134, 4095, -9999, 0.5, Number.NaN]) {
      expect(errnoName(number)).toBeUndefined()
    }
  })
})

describe('SystemError', () => {
  test("has the shape and the words of Node's own", () => {
    const nodes = caught(() => readSync(0x7fffffff, new Uint8Array(1)))
    const ours = new SystemError(-Errno.EBADF, 'read')
    expect(nodes).toBeInstanceOf(Error)
    const { code, errno, syscall, message } = nodes as NodeJS.ErrnoException
    expect({ ...ours, name: undefined, message: ours.message }).toEqual({
      code,
      errno,
      syscall,
      message,
      name: undefined,
    })
    expect(ours).toBeInstanceOf(Error)
    expect(ours.name).toBe('SystemError')
    expect(ours.stack).toContain('errors.test.ts')
  })

  test('takes the number negated or not', () => {
    expect(new SystemError(22, 'bind')).toMatchObject({
      errno: -22,
      code: 'EINVAL',
      syscall: 'bind',
    })
    expect(new SystemError(-22, 'bind')).toMatchObject({
      errno: -22,
      code: 'EINVAL',
      syscall: 'bind',
    })
  })

  test('adds advice to the message', () => {
    expect(new SystemError(9, 'dup3', 'it is closed').message).toBe(
      'EBADF: bad file descriptor, dup3 (it is closed)',
    )
  })

  test('an unknown number has a code too', () => {
    expect(new SystemError(-4000, 'x')).toMatchObject({
      code: 'UNKNOWN_4000',
      errno: -4000,
      message: 'UNKNOWN_4000: unknown error, x',
    })
  })

  test('every number has a description', () => {
    for (const [name, number] of Object.entries(Errno)) {
      expect(new SystemError(number, 'x').message).toMatch(
        new RegExp(`^${name}: \\.?[a-z0-9].+, x$`, 'i'),
      )
    }
  })
})
