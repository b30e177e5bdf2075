import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DescriptorFlag, Epoll, EpollFlag, Errno } from '../../src/index.js'
import {
  close,
  dup,
  dup3,
  FcntlCommand,
  FdFlag,
  FileFlag,
  fcntl,
  pipe2,
  read,
  readv,
  SpliceFlag,
  sendfile,
  splice,
  write,
  writev,
} from '../../src/io/index.js'
import { expectNoLeak, owned, readiness } from '../descriptors.js'
import { bytesOf, drain, fill, pipe, tcpPair, textOf, unixPair } from '../sockets.js'
import { resizable, untyped } from '../untyped.js'

expectNoLeak()

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'rearm-io-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

const file = (name: string, content: string, flags = 'r') => {
  const path = join(directory, name)
  writeFileSync(path, content)
  return owned(openSync(path, flags))
}
const beyond = 0x7fffffff

describe('read and write', () => {
  test('move bytes, and answer how many', () => {
    const [out, into] = pipe()
    expect(write(into, bytesOf('hello'))).toBe(5)
    const buffer = new Uint8Array(8)
    expect(read(out, buffer)).toBe(5)
    expect(textOf(buffer)).toBe('hello\0\0\0')
  })

  test('take a part of the buffer, and touch nothing else', () => {
    const [out, into] = pipe()
    expect(write(into, bytesOf('abcdef'), 2, 3)).toBe(3)
    const buffer = new Uint8Array(8).fill(46)
    expect(read(out, buffer, 4, 2)).toBe(2)
    expect(read(out, buffer, 7)).toBe(1)
    expect(textOf(buffer)).toBe('....cd.e')
    expect(write(into, bytesOf('abcdef'), 5)).toBe(1)
    expect(textOf(drain(out))).toBe('f')
  })

  test('move nothing at length 0, and at the end of the buffer', () => {
    const [out, into] = pipe()
    expect(write(into, new Uint8Array(4), 4)).toBe(0)
    expect(write(into, new Uint8Array(0))).toBe(0)
    expect(write(into, bytesOf('x'))).toBe(1)
    expect(read(out, new Uint8Array(4), 0, 0)).toBe(0)
    expect(read(out, new Uint8Array(0))).toBe(0)
    expect(textOf(drain(out))).toBe('x')
  })

  test('answer as the kernel does', () => {
    const [out, into] = pipe()
    const buffer = new Uint8Array(8)
    expect(read(out, buffer)).toBe(-Errno.EAGAIN)
    fill(into)
    expect(write(into, buffer)).toBe(-Errno.EAGAIN)
    expect(read(into, buffer)).toBe(-Errno.EBADF)
    expect(write(out, buffer)).toBe(-Errno.EBADF)
    expect(read(-1, buffer)).toBe(-Errno.EBADF)
    expect(write(beyond, buffer)).toBe(-Errno.EBADF)
    const folder = owned(openSync(directory, 'r'))
    expect(read(folder, buffer)).toBe(-Errno.EISDIR)
  })

  test('the end is 0, and a pipe that nobody reads is -EPIPE, without a signal', () => {
    const [out, into] = pipe()
    expect(close(into)).toBe(0)
    expect(read(out, new Uint8Array(1))).toBe(0)
    const [gone, orphan] = pipe()
    expect(close(gone)).toBe(0)
    expect(write(orphan, new Uint8Array(1))).toBe(-Errno.EPIPE)
  })

  test('refuse offsets and lengths outside the buffer', () => {
    const [out, into] = pipe()
    const buffer = new Uint8Array(8)
    for (const call of [() => read, () => write]) {
      const io = call()
      for (const offset of [-1, 9, 0.5, Number.NaN, 2 ** 32, 2 ** 53]) {
        expect(() => io(out, buffer, offset)).toThrow(RangeError)
      }
      for (const [offset, length] of [
        [0, 9],
        [8, 1],
        [4, 5],
        [0, -1],
        [0, 0.5],
        [0, 2 ** 32],
      ] as const) {
        expect(() => io(into, buffer, offset, length)).toThrow(RangeError)
      }
      for (const other of [
        undefined,
        null,
        'text',
        [1],
        new Int8Array(4),
        new DataView(new ArrayBuffer(4)),
        new ArrayBuffer(4),
      ]) {
        expect(() => io(out, untyped(other))).toThrow(TypeError)
      }
      expect(() => io(0.5, buffer)).toThrow(RangeError)
      expect(() => io(untyped('0'), buffer)).toThrow(TypeError)
      expect(() => io(out, buffer, untyped('0'))).toThrow(TypeError)
      expect(() => io(out, buffer, 0, untyped(null))).toThrow(TypeError)
    }
    expect(read(out, buffer)).toBe(-Errno.EAGAIN)
  })

  test('take a Buffer, a view into a larger one, and shared memory', () => {
    const [out, into] = pipe()
    expect(write(into, Buffer.from('node'))).toBe(4)
    const whole = new Uint8Array(new SharedArrayBuffer(8)).fill(46)
    expect(read(out, whole.subarray(2, 6))).toBe(4)
    expect(Buffer.from(whole).toString()).toBe('..node..')
  })

  test('a detached buffer holds no byte', () => {
    const [out, into] = pipe()
    expect(write(into, bytesOf('x'))).toBe(1)
    const buffer = new Uint8Array(8)
    structuredClone(buffer, { transfer: [buffer.buffer] })
    expect(read(out, buffer)).toBe(0)
    expect(() => read(out, buffer, 0, 1)).toThrow(RangeError)
    expect(() => read(out, buffer, 1)).toThrow(RangeError)
    expect(textOf(drain(out))).toBe('x')
  })

  test('a resized buffer is used as it is now', () => {
    const [out, into] = pipe()
    const memory = resizable(8, 16)
    const view = new Uint8Array(memory)
    memory.resize(2)
    expect(write(into, view)).toBe(2)
    expect(() => write(into, view, 0, 3)).toThrow(RangeError)
    memory.resize(16)
    expect(write(into, view)).toBe(16)
    const tail = new Uint8Array(memory, 8, 8)
    memory.resize(4)
    expect(write(into, tail)).toBe(0)
    expect(() => write(into, tail, 0, 1)).toThrow(RangeError)
    expect(drain(out).length).toBe(18)
  })
})

describe('readv and writev', () => {
  test('fill and write several buffers in order', () => {
    const [out, into] = pipe()
    expect(writev(into, [bytesOf('ab'), bytesOf(''), bytesOf('cde')])).toBe(5)
    const buffers = [new Uint8Array(1), new Uint8Array(3), new Uint8Array(4)]
    expect(readv(out, buffers)).toBe(5)
    expect(buffers.map(textOf)).toEqual(['a', 'bcd', 'e\0\0\0'])
  })

  test('take up to 1024 buffers', () => {
    const [out, into] = pipe()
    const one = bytesOf('x')
    expect(writev(into, new Array<Uint8Array>(1024).fill(one))).toBe(1024)
    expect(readv(out, new Array<Uint8Array>(1024).fill(new Uint8Array(1)))).toBe(1024)
    for (const count of [1025, 100_000]) {
      const many = new Array<Uint8Array>(count).fill(one)
      expect(writev(into, many)).toBe(-Errno.EINVAL)
      expect(readv(out, many)).toBe(-Errno.EINVAL)
    }
  })

  test('answer as the kernel does', () => {
    const [out, into] = pipe()
    expect(writev(into, [])).toBe(0)
    expect(readv(out, [new Uint8Array(1)])).toBe(-Errno.EAGAIN)
    expect(readv(-1, [new Uint8Array(1)])).toBe(-Errno.EBADF)
    expect(writev(out, [new Uint8Array(1)])).toBe(-Errno.EBADF)
    const [gone, orphan] = pipe()
    close(gone)
    expect(writev(orphan, [new Uint8Array(1)])).toBe(-Errno.EPIPE)
  })

  test('refuse what is no array of Uint8Arrays', () => {
    const [out, into] = pipe()
    for (const buffers of [undefined, null, new Uint8Array(4), 'ab', { length: 1 }]) {
      expect(() => readv(out, untyped(buffers))).toThrow(TypeError)
    }
    for (const entry of [undefined, 1, 'a', new Int8Array(1), [1]]) {
      expect(() => writev(into, [bytesOf('a'), untyped(entry)])).toThrow(TypeError)
    }
    expect(() => writev(0.5, [bytesOf('a')])).toThrow(RangeError)
    expect(drain(out).length).toBe(0)
  })
})

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
