import { describe, expect, it, onTestFinished } from 'vitest'
import { lane, pass, wentByPort } from './support/lane.js'

/** Passes what `make` makes while its shape is new, and when it is known. */
function twice(make: () => unknown): unknown[] {
  const ends = lane()
  return [pass(ends, make()), pass(ends, make())]
}

describe('an object of a new shape', () => {
  it('travels in shared memory as one of a known shape does, with what is in it', () => {
    const ends = lane()
    const value = { id: 1, user: { name: 'n', tags: [{ a: 1 }] }, at: new Date(5) }
    for (let i = 0; i < 3; i++) {
      expect(pass(ends, value)).toEqual(value)
      expect(wentByPort(ends)).toBe(false)
    }
  })

  it('does so too if it is no shape at all', () => {
    const ends = lane()
    const keys = Array.from({ length: 200 }, (_, i) => `key ${i}`)
    const value = Object.fromEntries(keys.map((key, i) => [key, { i, list: [i] }]))
    const back = pass(ends, value)
    expect(back).toEqual(value)
    expect(Object.keys(back as object)).toEqual(keys)
    expect(wentByPort(ends)).toBe(false)
  })

  it('has each of its getters run once, as one of a known shape', () => {
    let runs = 0
    const counting = () => ({
      get n() {
        return ++runs
      },
      inner: { list: [1] },
    })
    expect(twice(counting)).toEqual([
      { n: 1, inner: { list: [1] } },
      { n: 2, inner: { list: [1] } },
    ])
    expect(runs).toBe(2)
  })

  it('may lose a property to a getter of its own, however often it was seen', () => {
    const losing = () => {
      const value: Record<string, unknown> = { c: 1, d: 2 }
      const first = {
        get a() {
          delete value.d
          return 1
        },
      }
      return Object.assign(Object.create(null), { first, value })
    }
    const lost = { first: { a: 1 }, value: { c: 1 } }
    expect(twice(losing)).toEqual([lost, lost])
  })

  it('keeps the views of a pool apart, as one of a known shape', () => {
    const pooled = () => {
      const a = Buffer.from('ab')
      return { a, b: a.subarray(0, 1) }
    }
    for (const back of twice(pooled) as { a: Uint8Array; b: Uint8Array }[]) {
      back.a.fill(1)
      expect([...back.b]).toEqual([97])
    }
  })
})

describe('what is no plain object though it has the prototype of one', () => {
  it.each([
    ['a proxy', () => new Proxy({ a: 1 }, {})],
    ['a proxy of an array', () => new Proxy([1], {})],
    ['a proxy within', () => ({ within: new Proxy({ a: 1 }, {}) })],
    ['a proxy of a date', () => new Proxy(new Date(0), {})],
  ])('is refused each time, as by structured clone: %s', (_, make) => {
    const ends = lane()
    // Its keys are known, and make no difference.
    pass(ends, { a: 1 })
    pass(ends, { within: { a: 1 } })
    for (let i = 0; i < 3; i++) {
      expect(() => pass(ends, make())).toThrow(/could not be cloned/)
      expect(pass(ends, { a: i })).toEqual({ a: i })
    }
  })

  it.each<[string, object]>([
    ['a Map', new Map([[1, 2]])],
    ['a Set', new Set([1])],
    ['a RegExp', /a/],
    ['an Error', new RangeError('e')],
    ['a boxed number', Object(5)],
  ])('arrives as what it is: %s', (_, value) => {
    const disguised = Object.setPrototypeOf(value, Object.prototype)
    for (const back of twice(() => disguised)) expect(back).toEqual(structuredClone(disguised))
  })

  it.each([
    ['a Date', Object.create(Date.prototype)],
    ['a Uint8Array', Object.create(Uint8Array.prototype)],
  ])('arrives as structured clone has it where it only seems to be %s', (_, value) => {
    expect(twice(() => value)).toEqual([{}, {}])
  })
})

describe('a key that every object inherits', () => {
  const unusual = JSON.parse('{"toString":1,"inner":{"constructor":2,"valueOf":3},"a":4}')

  it('arrives though Object.prototype is frozen or has a setter of that name', () => {
    const inherited = Object.prototype.toString
    onTestFinished(() => {
      Object.defineProperty(Object.prototype, 'toString', {
        value: inherited,
        writable: true,
        enumerable: false,
        configurable: true,
      })
    })
    // What freezing does to it, and can be undone.
    Object.defineProperty(Object.prototype, 'toString', { value: inherited, writable: false })
    for (const back of twice(() => unusual)) {
      expect(Object.keys(back as object)).toEqual(['toString', 'inner', 'a'])
      expect(back).toEqual(unusual)
    }
    const seen: unknown[] = []
    Object.defineProperty(Object.prototype, 'toString', {
      get: () => inherited,
      set: (value) => void seen.push(value),
    })
    for (const back of twice(() => unusual))
      expect(Object.hasOwn(back as object, 'toString')).toBe(true)
    expect(seen).toEqual([])
  })
})

describe('a number', () => {
  it.each([0, -0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53, 0.5, Number.NaN, -Infinity])(
    '%d arrives as it is, alone and within a value',
    (value) => {
      const ends = lane()
      expect(Object.is(pass(ends, value), value)).toBe(true)
      expect(wentByPort(ends)).toBe(false)
      expect(Object.is((pass(ends, [value]) as number[])[0], value)).toBe(true)
    },
  )

  it('with a list of what is to be transferred takes that along', () => {
    const buffer = new ArrayBuffer(8)
    expect(pass(lane(), 7, [buffer])).toBe(7)
    expect(buffer.byteLength).toBe(0)
  })
})
