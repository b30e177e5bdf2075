import { RingClosedError, RingStalledError, StampedRing } from '@rearm/workqueue/ring'
import { describe, expect, it } from 'vitest'

const record = (...values: number[]) => Uint8Array.from(values)
const make = (capacity: number, laps = 0, slotBytes = 8) =>
  new StampedRing(StampedRing.allocate({ capacity, slotBytes, laps }))

describe('StampedRing', () => {
  it.each([1, 2, 3, 4, 5, 7, 8, 100])('[A1] [A2] [A3] holds exactly %i records, in order', (n) => {
    const ring = make(n)
    for (let lap = 0; lap < 5; lap++) {
      for (let i = 0; i < n; i++) expect(ring.tryPush(record(i, lap))).toBe(true)
      expect(ring.tryPush(record(255))).toBe(false)
      expect(ring.length).toBe(n)
      for (let i = 0; i < n; i++) expect(ring.tryPop()).toEqual(record(i, lap))
      expect(ring.tryPop()).toBeUndefined()
      expect(ring.length).toBe(0)
    }
  })

  it.each([1, 2, 3, 5, 8])('[A4] capacity %i runs over the 32-bit wrap of its positions', (n) => {
    const lap = 2 * 2 ** Math.ceil(Math.log2(n + 1))
    for (const laps of [2 ** 31 / lap - 2, 2 ** 32 / lap - 2]) {
      const ring = make(n, laps)
      for (let i = 0; i < 20 * n; i++) {
        expect(ring.tryPush(record(i))).toBe(true)
        expect(ring.length).toBe(1)
        expect(ring.tryPop()).toEqual(record(i))
      }
      for (let i = 0; i < n; i++) expect(ring.tryPush(record(i))).toBe(true)
      expect(ring.tryPush(record(0))).toBe(false)
      expect(ring.length).toBe(n)
    }
  })

  it('[A5] length follows every push and pop', () => {
    const ring = make(3)
    const expected = [1, 2, 1, 2, 3, 2, 1, 0]
    const steps = ['+', '+', '-', '+', '+', '-', '-', '-']
    for (const [i, step] of steps.entries()) {
      if (step === '+') ring.tryPush(record(i))
      else ring.tryPop()
      expect(ring.length).toBe(expected[i])
    }
  })

  it('[A7] refuses a record longer than a slot and takes an empty one', () => {
    const ring = make(2, 0, 4)
    expect(() => ring.tryPush(new Uint8Array(5))).toThrow(RangeError)
    expect(ring.tryPush(new Uint8Array(0))).toBe(true)
    expect(ring.tryPop()).toEqual(new Uint8Array(0))
  })

  it('[A7] what is no record, or whose memory is gone, is refused and leaves no slot behind', () => {
    const ring = make(2)
    const gone = record(1, 2)
    structuredClone(gone, { transfer: [gone.buffer] })
    for (const wrong of [gone, new Uint16Array(1), [1], 'text', undefined]) {
      expect(() => ring.tryPush(wrong as Uint8Array)).toThrow(TypeError)
    }
    expect(ring.tryPush(record())).toBe(true)
    expect(ring.tryPush(record(7))).toBe(true)
    expect(ring.tryPop()).toEqual(record())
    expect(ring.tryPop()).toEqual(record(7))
  })

  it('refuses memory that is no whole ring', () => {
    const whole = new Uint8Array(StampedRing.allocate({ capacity: 4, slotBytes: 64 }))
    const part = new SharedArrayBuffer(whole.length - 8)
    new Uint8Array(part).set(whole.subarray(0, part.byteLength))
    expect(() => new StampedRing(part)).toThrow(RangeError)
    expect(() => new StampedRing(new SharedArrayBuffer(8))).toThrow(RangeError)
  })

  it('[A9] a full slot leaves its neighbours alone', () => {
    const ring = make(3, 0, 5)
    for (const value of [1, 2, 3]) ring.tryPush(new Uint8Array(5).fill(value))
    for (const value of [1, 2, 3]) expect(ring.tryPop()).toEqual(new Uint8Array(5).fill(value))
  })

  it('a closed ring gives out what it holds and takes nothing', () => {
    const ring = make(2)
    ring.tryPush(record(1))
    ring.close()
    ring.close()
    expect(() => ring.tryPush(record(2))).toThrow(RingClosedError)
    expect(ring.pop()).toEqual(record(1))
    expect(ring.pop()).toBeUndefined()
  })

  it('push and pop give up when their time is over', () => {
    const ring = make(1)
    expect(ring.pop(1)).toBeUndefined()
    expect(ring.push(record(1))).toBe(true)
    expect(ring.push(record(2), 1)).toBe(false)
    expect(ring.length).toBe(1)
  })

  it.each(['push:owned', 'push:claimed', 'pop:owned', 'pop:claimed'] as const)(
    '[B16] a thread that died at %s wedges the ring until repair, and then nothing is wedged',
    (at) => {
      class Killed extends Error {}
      const memory = StampedRing.allocate({ capacity: 2, slotBytes: 8 })
      const ring = new StampedRing(memory, { owner: 1 })
      const victim = new StampedRing(memory, {
        owner: 2,
        probe: (point) => {
          if (point === at) throw new Killed()
        },
      })
      ring.tryPush(record(1))
      if (at.startsWith('push')) expect(() => victim.tryPush(record(2))).toThrow(Killed)
      else expect(() => victim.tryPop()).toThrow(Killed)
      const lost = ring.repair(2)
      expect(lost).toEqual(at === 'pop:claimed' ? [record(1)] : [])
      if (at !== 'pop:claimed') expect(ring.tryPop()).toEqual(record(1))
      expect(ring.tryPop()).toBeUndefined()
      for (let lap = 0; lap < 5; lap++) {
        expect(ring.tryPush(record(3))).toBe(true)
        expect(ring.tryPush(record(4))).toBe(true)
        expect(ring.tryPush(record(5))).toBe(false)
        expect([ring.tryPop(), ring.tryPop()]).toEqual([record(3), record(4)])
      }
    },
  )

  it('[B16] an unrepaired stall is an error that names the owner, not a hang', () => {
    const memory = StampedRing.allocate({ capacity: 2, slotBytes: 8 })
    const probe = (point: string) => {
      if (point === 'push:claimed') throw new Error('killed')
    }
    expect(() => new StampedRing(memory, { owner: 9, probe }).tryPush(record(1))).toThrow('killed')
    const ring = new StampedRing(memory, { owner: 1 })
    expect(() => ring.tryPop()).toThrow(RingStalledError)
    expect(ring.repair(9)).toEqual([])
    expect(ring.tryPop()).toBeUndefined()
  })
})
