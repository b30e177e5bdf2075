import { openSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Errno } from '../../src/index.js'
import { close, read, readv, write, writev } from '../../src/io/index.js'
import { expectNoLeak, owned } from '../descriptors.js'
import { scratchDirectory } from '../files.js'
import { bytesOf, drain, fill, pipe, textOf } from '../sockets.js'
import { resizable, untyped } from '../untyped.js'

expectNoLeak()

const directory = scratchDirectory()

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

  test('a detached buffer is a RangeError, not the end of the stream', () => {
    const [out, into] = pipe()
    expect(write(into, bytesOf('x'))).toBe(1)
    const buffer = new Uint8Array(8)
    structuredClone(buffer, { transfer: [buffer.buffer] })
    expect(() => read(out, buffer)).toThrow(RangeError)
    expect(() => read(out, buffer, 0, 1)).toThrow(RangeError)
    expect(() => write(into, buffer)).toThrow(RangeError)
    expect(() => readv(out, [new Uint8Array(1), buffer])).toThrow(RangeError)
    expect(read(out, new Uint8Array(0))).toBe(0)
    expect(write(into, new Uint8Array(0))).toBe(0)
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
    expect(() => write(into, tail)).toThrow(RangeError)
    expect(() => read(out, tail)).toThrow(RangeError)
    expect(() => readv(out, [tail])).toThrow(RangeError)
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
