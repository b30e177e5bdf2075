import { SpscRing } from '@rearm/workqueue/ring'
import { describe, expect, it } from 'vitest'
import { random } from './support/queues.js'

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value)

describe('SpscRing', () => {
  it('[A1] takes exactly what fits and refuses the next', () => {
    const ring = new SpscRing(SpscRing.allocate(256))
    const pushed = []
    while (ring.tryPush(bytes(8, pushed.length))) pushed.push(pushed.length)
    expect(pushed.length).toBe(16)
    expect(ring.tryPop()).toEqual(bytes(8, 0))
    expect(ring.tryPush(bytes(8, 99))).toBe(true)
    expect(ring.tryPush(bytes(8, 99))).toBe(false)
  })

  it('[A2] wants a power of two of bytes', () => {
    expect(() => SpscRing.allocate(100)).toThrow(RangeError)
    expect(() => SpscRing.allocate(32)).toThrow(RangeError)
    expect(new SpscRing(SpscRing.allocate(64)).capacity).toBe(64)
  })

  it('[A4] runs over the 32-bit wrap of its positions', () => {
    for (const start of [2 ** 31 - 64, -64, -8]) {
      const ring = new SpscRing(SpscRing.allocate(128, start))
      for (let i = 0; i < 200; i++) {
        expect(ring.tryPush(bytes(1 + (i % 20), i))).toBe(true)
        expect(ring.tryPush(bytes(3, i))).toBe(true)
        expect(ring.tryPop()).toEqual(bytes(1 + (i % 20), i))
        expect(ring.tryPop()).toEqual(bytes(3, i))
      }
    }
  })

  it('[A5] tells empty from full', () => {
    const ring = new SpscRing(SpscRing.allocate(64))
    expect(ring.isEmpty).toBe(true)
    expect(ring.tryPop()).toBeUndefined()
    while (ring.tryPush(bytes(8, 1))) {}
    expect(ring.isEmpty).toBe(false)
    while (ring.tryPop()) {}
    expect(ring.isEmpty).toBe(true)
  })

  it('[A6] keeps records of any length whole across the end', () => {
    const next = random(6)
    const ring = new SpscRing(SpscRing.allocate(512))
    const expected: Uint8Array[] = []
    for (let i = 0; i < 20_000; i++) {
      const record = bytes(Math.floor(next() * ring.maxRecord), i)
      if (ring.tryPush(record)) expected.push(record)
      else expect(expected.length).toBeGreaterThan(0)
      if (next() < 0.5 && expected.length > 0) expect(ring.tryPop()).toEqual(expected.shift())
    }
    for (const record of expected) expect(ring.tryPop()).toEqual(record)
    expect(ring.tryPop()).toBeUndefined()
  })

  it('[A7] refuses a record that could never fit, and takes the largest that can from any position', () => {
    const ring = new SpscRing(SpscRing.allocate(256))
    expect(() => ring.tryPush(bytes(ring.maxRecord + 1, 0))).toThrow(RangeError)
    for (let i = 0; i < 64; i++) {
      expect(ring.tryPush(bytes(i % 9, 1))).toBe(true)
      expect(ring.tryPop()).toEqual(bytes(i % 9, 1))
      expect(ring.tryPush(bytes(ring.maxRecord, 2))).toBe(true)
      expect(ring.tryPop()).toEqual(bytes(ring.maxRecord, 2))
    }
  })

  it('[A9] writes nothing outside its own memory', () => {
    const size = SpscRing.bytesFor(256)
    const buffer = new SharedArrayBuffer(size + 128)
    const all = new Uint8Array(buffer)
    all.fill(0xab, 0, 64)
    all.fill(0xab, 64 + size)
    const ring = new SpscRing(buffer, 64, size)
    const next = random(9)
    for (let i = 0; i < 5_000; i++) {
      ring.tryPush(bytes(Math.floor(next() * 120), 0xff))
      if (next() < 0.6) ring.tryPop()
    }
    expect(all.subarray(0, 64)).toEqual(bytes(64, 0xab))
    expect(all.subarray(64 + size)).toEqual(bytes(64, 0xab))
  })

  it('shows nothing before publish, and a whole batch after it', () => {
    const memory = SpscRing.allocate(256)
    const producer = new SpscRing(memory)
    const consumer = new SpscRing(memory)
    const words = new Uint8Array(memory)
    for (const value of [1, 2, 3]) {
      const at = producer.reserve(8)
      words[at] = value
      producer.commit(1)
    }
    expect(consumer.peek()).toBe(-1)
    producer.publish()
    for (const value of [1, 2, 3]) expect(consumer.tryPop()).toEqual(bytes(1, value))
    expect(consumer.peek()).toBe(-1)
  })

  it('is no part that does not lie in its buffer, or not on whole words', () => {
    const size = SpscRing.bytesFor(64)
    const memory = new SharedArrayBuffer(2 * size)
    const wrong = [2, 4.5, Number.NaN, -size, 2 * size, size + 4]
    for (const start of wrong) {
      expect(() => new SpscRing(memory, start, size)).toThrow(RangeError)
    }
    const rings = [0, size].map((start) => new SpscRing(memory, start, size))
    for (const [i, ring] of rings.entries()) ring.tryPush(bytes(8, i))
    expect(rings.map((ring) => ring.tryPop())).toEqual([bytes(8, 0), bytes(8, 1)])
  })
})
