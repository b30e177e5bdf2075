import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DescriptorFlag, Epoll, Errno } from '../../src/index.js'
import {
  close,
  dup,
  dup3,
  FcntlCommand,
  FdFlag,
  FileFlag,
  fcntl,
  pipe2,
  write,
} from '../../src/io/index.js'
import { expectNoLeak, owned } from '../descriptors.js'
import { openedFile, scratchDirectory } from '../files.js'
import { bytesOf, drain, fill, pipe, textOf } from '../sockets.js'
import { untyped } from '../untyped.js'

expectNoLeak()

const directory = scratchDirectory()
const file = (name: string, content: string, flags?: string) =>
  openedFile(join(directory, name), content, flags)
const beyond = 0x7fffffff

describe('pipe2', () => {
  test('makes the two ends with the flags that are asked for', () => {
    const pair = new Int32Array(3).fill(7)
    expect(pipe2(pair, 0)).toBe(0)
    for (const fd of pair.subarray(0, 2)) {
      expect(fcntl(owned(fd), FcntlCommand.GETFD)).toBe(0)
      expect(fcntl(fd, FcntlCommand.GETFL) & FileFlag.NONBLOCK).toBe(0)
    }
    expect(pair[2]).toBe(7)
    expect(pipe2(pair, DescriptorFlag.CLOEXEC | DescriptorFlag.NONBLOCK)).toBe(0)
    for (const fd of pair.subarray(0, 2)) {
      expect(fcntl(owned(fd), FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
      expect(fcntl(fd, FcntlCommand.GETFL) & FileFlag.NONBLOCK).toBe(FileFlag.NONBLOCK)
    }
  })

  test('an unknown flag is -EINVAL, a short or wrong array is refused', () => {
    const pair = new Int32Array(2)
    expect(pipe2(pair, 1)).toBe(-Errno.EINVAL)
    expect(() => pipe2(new Int32Array(1), 0)).toThrow(RangeError)
    expect(() => pipe2(untyped([0, 0]), 0)).toThrow(TypeError)
    expect(() => pipe2(untyped(new Uint32Array(2)), 0)).toThrow(TypeError)
    expect(() => pipe2(pair, 0.5)).toThrow(RangeError)
  })
})

describe('dup, dup3 and close', () => {
  test('dup gives another number for the same description, CLOEXEC', () => {
    const [out, into] = pipe()
    const copy = owned(dup(into))
    expect(copy).not.toBe(into)
    expect(fcntl(copy, FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
    close(into)
    expect(write(copy, bytesOf('x'))).toBe(1)
    expect(textOf(drain(out))).toBe('x')
    expect(dup(-1)).toBe(-Errno.EBADF)
    expect(() => dup(0.5)).toThrow(RangeError)
  })

  test('dup3 gives a number another meaning in one step', () => {
    const [out, into] = pipe()
    const number = owned(openSync('/dev/null', 'r'))
    expect(dup3(into, number, DescriptorFlag.CLOEXEC)).toBe(number)
    expect(fcntl(number, FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
    expect(write(number, bytesOf('y'))).toBe(1)
    expect(textOf(drain(out))).toBe('y')
    expect(dup3(into, number, 0)).toBe(number)
    expect(fcntl(number, FcntlCommand.GETFD)).toBe(0)
  })

  test('dup3 answers as the kernel does', () => {
    const [out] = pipe()
    expect(dup3(out, out, 0)).toBe(-Errno.EINVAL)
    expect(dup3(-1, out, 0)).toBe(-Errno.EBADF)
    expect(dup3(out, -1, 0)).toBe(-Errno.EBADF)
    expect(dup3(out, beyond, 0)).toBe(-Errno.EBADF)
    expect(dup3(out, 5, DescriptorFlag.NONBLOCK)).toBe(-Errno.EINVAL)
    expect(() => dup3(out, 0.5, 0)).toThrow(RangeError)
  })

  test('close frees the number', () => {
    const fd = openSync('/dev/null', 'r')
    expect(close(fd)).toBe(0)
    expect(close(fd)).toBe(-Errno.EBADF)
    expect(() => closeSync(fd)).toThrow(/EBADF/)
    expect(close(-1)).toBe(-Errno.EBADF)
    for (const bad of [0.5, Number.NaN, 2 ** 31, -(2 ** 31) - 1])
      expect(() => close(bad)).toThrow(RangeError)
    for (const bad of [undefined, null, '3', 3n, {}, []]) {
      expect(() => close(untyped(bad))).toThrow(TypeError)
    }
  })
})

describe('fcntl', () => {
  test('reads and sets the flags of the number and of the description', () => {
    const [out] = pipe()
    expect(fcntl(out, FcntlCommand.SETFD, 0)).toBe(0)
    expect(fcntl(out, FcntlCommand.GETFD)).toBe(0)
    expect(fcntl(out, FcntlCommand.SETFD, FdFlag.CLOEXEC)).toBe(0)
    expect(fcntl(out, FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
    expect(fcntl(out, FcntlCommand.SETFL, 0)).toBe(0)
    expect(fcntl(out, FcntlCommand.GETFL)).toBe(0)
    expect(fcntl(out, FcntlCommand.SETFL, FileFlag.NONBLOCK)).toBe(0)
    expect(fcntl(out, FcntlCommand.GETFL)).toBe(FileFlag.NONBLOCK)
    const appended = file('append', 'ab', 'r+')
    expect(fcntl(appended, FcntlCommand.SETFL, FileFlag.APPEND)).toBe(0)
    expect(write(appended, bytesOf('c'))).toBe(1)
    expect(readFileSync(join(directory, 'append'), 'utf8')).toBe('abc')
  })

  test('duplicates from a number on', () => {
    const [out] = pipe()
    const copy = owned(fcntl(out, FcntlCommand.DUPFD_CLOEXEC, 200))
    expect(copy).toBeGreaterThanOrEqual(200)
    expect(fcntl(copy, FcntlCommand.GETFD)).toBe(FdFlag.CLOEXEC)
  })

  test('reads and sets the size of a pipe', () => {
    const [out, into] = pipe()
    const size = fcntl(into, FcntlCommand.SETPIPE_SZ, 8192)
    expect(size).toBe(8192)
    expect(fcntl(out, FcntlCommand.GETPIPE_SZ)).toBe(8192)
    expect(fill(into)).toBe(8192)
    expect(fcntl(into, FcntlCommand.SETPIPE_SZ, 4096)).toBe(-Errno.EBUSY)
    expect(fcntl(disposedEpoll(), FcntlCommand.GETPIPE_SZ)).toBe(-Errno.EBADF)
  })

  test('answers as the kernel does', () => {
    const [out] = pipe()
    expect(fcntl(-1, FcntlCommand.GETFD)).toBe(-Errno.EBADF)
    expect(fcntl(out, FcntlCommand.DUPFD_CLOEXEC, -1)).toBe(-Errno.EINVAL)
    expect(fcntl(out, FcntlCommand.DUPFD_CLOEXEC, beyond)).toBe(-Errno.EINVAL)
  })

  test('refuses commands that take a pointer, and wrong arguments', () => {
    const [out] = pipe()
    for (const command of [0, 5, 6, 7, 8, 9, 10, 11, 1024, 1033, -1]) {
      expect(() => fcntl(out, command, 0)).toThrow(RangeError)
    }
    expect(() => fcntl(out, FcntlCommand.SETFL, 0.5)).toThrow(RangeError)
    expect(() => fcntl(out, FcntlCommand.SETFL, 2 ** 31)).toThrow(RangeError)
    expect(() => fcntl(out, FcntlCommand.SETFL, untyped('0'))).toThrow(TypeError)
    expect(() => fcntl(untyped(undefined), FcntlCommand.GETFD)).toThrow(TypeError)
  })
})

function disposedEpoll(): number {
  return owned(new Epoll().release())
}
