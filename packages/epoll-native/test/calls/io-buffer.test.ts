import { describe, expect, test } from 'vitest'
import { Errno } from '../../src/index.js'
import { IoBuffer, type IoBufferId, read, write } from '../../src/io/index.js'
import { disposed, expectNoLeak } from '../descriptors.js'
import { runProgram, Thread } from '../programs.js'
import { bytesOf, drain, pipe, textOf } from '../sockets.js'
import { resizable, untyped } from '../untyped.js'

expectNoLeak()

const newBuffer = (memory: ConstructorParameters<typeof IoBuffer>[0]) =>
  disposed(new IoBuffer(memory))

describe('IoBuffer', () => {
  test('stands for its memory in calls, by its id', () => {
    const [out, into] = pipe()
    const buffer = newBuffer(16)
    expect(buffer.bytes.length).toBe(16)
    buffer.bytes.set(bytesOf('hello'), 4)
    expect(write(into, buffer.id, 4, 5)).toBe(5)
    expect(read(out, buffer.id, 10)).toBe(5)
    expect(textOf(buffer.bytes.subarray(10, 15))).toBe('hello')
  })

  test('takes a size, an ArrayBuffer, a SharedArrayBuffer, or a view of either', () => {
    const [out, into] = pipe()
    const plain = new ArrayBuffer(4)
    const shared = new SharedArrayBuffer(8)
    const view = new Uint8Array(new ArrayBuffer(32), 8, 4)
    const sharedView = new Uint8Array(shared, 4, 2)
    for (const [memory, size] of [
      [4, 4],
      [plain, 4],
      [shared, 8],
      [view, 4],
      [sharedView, 2],
      [Buffer.from('node'), 4],
    ] as const) {
      const buffer = newBuffer(memory)
      expect(buffer.bytes.length).toBe(size)
      buffer.bytes.fill(97)
      expect(write(into, buffer.id)).toBe(size)
      expect(textOf(drain(out))).toBe('a'.repeat(size))
    }
    expect(newBuffer(view).bytes).toBe(view)
    expect(new Uint8Array(view.buffer)).toEqual(
      Uint8Array.from({ length: 32 }, (_, i) => (i >= 8 && i < 12 ? 97 : 0)),
    )
  })

  test('refuses offsets and lengths outside the memory', () => {
    const [out] = pipe()
    const { id } = newBuffer(new Uint8Array(new ArrayBuffer(32), 8, 4))
    expect(read(out, id, 0, 4)).toBe(-Errno.EAGAIN)
    for (const [offset, length] of [
      [0, 5],
      [5, undefined],
      [4, 1],
      [-1, 1],
      [0, -1],
      [0.5, 1],
      [2 ** 32, 1],
    ] as const) {
      expect(() => read(out, id, offset, length)).toThrow(RangeError)
    }
  })

  test('refuses what is no memory of fixed length', () => {
    for (const memory of [
      undefined,
      null,
      '8',
      8n,
      {},
      [1],
      new Int32Array(4),
      new DataView(new ArrayBuffer(4)),
    ]) {
      expect(() => new IoBuffer(untyped(memory))).toThrow(TypeError)
    }
    for (const size of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => new IoBuffer(size), String(size)).toThrow(RangeError)
    }
    expect(() => new IoBuffer(new ArrayBuffer(0))).toThrow(RangeError)
    const growable = Reflect.construct(SharedArrayBuffer, [8, { maxByteLength: 16 }])
    expect(() => new IoBuffer(resizable(8, 16))).toThrow(TypeError)
    expect(() => new IoBuffer(growable)).toThrow(TypeError)
    expect(() => new IoBuffer(new Uint8Array(resizable(8, 16)))).toThrow(TypeError)
    const gone = new ArrayBuffer(8)
    structuredClone(gone, { transfer: [gone] })
    expect(() => new IoBuffer(gone)).toThrow()
  })

  test('memory that was transferred away is a RangeError', () => {
    const [out, into] = pipe()
    const buffer = newBuffer(new ArrayBuffer(8))
    expect(write(into, buffer.id)).toBe(8)
    structuredClone(buffer.bytes.buffer, { transfer: [buffer.bytes.buffer as ArrayBuffer] })
    expect(() => write(into, buffer.id)).toThrow(RangeError)
    expect(() => read(out, buffer.id, 0, 0)).toThrow(RangeError)
    expect(drain(out).length).toBe(8)
  })

  test('a released id is a RangeError, also when its slot is used again; the bytes stay usable', () => {
    const [out, into] = pipe()
    const buffer = new IoBuffer(4)
    expect(buffer.released).toBe(false)
    const { id } = buffer
    buffer.release()
    buffer.release()
    expect(buffer.released).toBe(true)
    const next = newBuffer(4)
    expect(next.id).not.toBe(id)
    expect(() => write(into, id)).toThrow(RangeError)
    expect(() => read(out, id)).toThrow(
      expect.objectContaining({
        code: 'ERR_OUT_OF_RANGE',
        message: expect.stringContaining('IoBuffer'),
      }),
    )
    expect(write(into, buffer.bytes)).toBe(4)
    expect(write(into, next.id)).toBe(4)
  })

  test('is released at the end of a using block', () => {
    let id: IoBufferId
    {
      using buffer = new IoBuffer(1)
      id = buffer.id
    }
    const [out] = pipe()
    expect(() => read(out, id)).toThrow(RangeError)
  })

  test('numbers that are no ids are refused: descriptors, lengths, neighbours, nonsense', () => {
    const [out] = pipe()
    const { id } = newBuffer(4)
    for (const number of [
      0,
      1,
      4,
      65535,
      -1,
      id + 1,
      id + 0.5,
      id - 65536,
      id + 65536,
      2 ** 48,
      2 ** 53,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ]) {
      expect(() => read(out, untyped(number)), String(number)).toThrow(RangeError)
    }
  })

  test('the same memory can be registered twice, under two ids', () => {
    const memory = new ArrayBuffer(4)
    const first = newBuffer(memory)
    const second = newBuffer(memory)
    expect(first.id).not.toBe(second.id)
    first.release()
    const [, into] = pipe()
    expect(write(into, second.id)).toBe(4)
  })

  test('an id means nothing in another thread; shared memory is registered in each', async () => {
    const shared = newBuffer(new SharedArrayBuffer(4))
    const [out, into] = pipe()
    shared.bytes.fill(98)
    await using thread = new Thread(
      `
      const { id, memory, into } = workerData
      let foreign = 'accepted'
      try { io.write(into, id) } catch (error) { foreign = error.code }
      const own = new io.IoBuffer(memory)
      parentPort.postMessage([foreign, io.write(into, own.id), own.id === id])
      `,
      { id: shared.id + 65536 * 1000, memory: shared.bytes.buffer, into },
    )
    expect(await thread.message()).toEqual(['ERR_OUT_OF_RANGE', 4, false])
    expect(textOf(drain(out))).toBe('bbbb')
  })

  test('its memory outlives the object for as long as it is registered', async () => {
    const outcome = await runProgram(
      `
      const pair = new Int32Array(2)
      io.pipe2(pair, 0)
      const [out, into] = pair
      const ids = []
      for (let i = 0; i < 64; i++) {
        const buffer = new io.IoBuffer(65536)
        buffer.bytes.fill(i)
        ids.push(buffer.id)
      }
      for (let i = 0; i < 5; i++) { gc(); await new Promise((resolve) => setImmediate(resolve)) }
      const bytes = new Uint8Array(2)
      console.log(ids.every((id, i) =>
        io.write(into, id, 65535, 1) === 1 && io.read(out, bytes) === 1 && bytes[0] === i))
      `,
      ['--expose-gc'],
    )
    expect(outcome).toEqual({ status: 0, signal: null, stdout: 'true\n', stderr: '' })
  })

  test('65536 can be registered in a thread, and then no more until one is released', async () => {
    const outcome = await runProgram(`
      const memory = new ArrayBuffer(1)
      const buffers = []
      let code = 'none'
      try {
        for (;;) buffers.push(new io.IoBuffer(memory))
      } catch (error) { code = error.code }
      console.log(buffers.length, code)
      buffers[12345].release()
      const again = new io.IoBuffer(memory)
      for (const { id } of buffers) if (id === again.id) console.log('an id was given out twice')
      buffers.forEach((buffer) => buffer.release())
    `)
    expect(outcome).toEqual({
      status: 0,
      signal: null,
      stdout: '65536 ERR_OUT_OF_RANGE\n',
      stderr: '',
    })
  })
})
