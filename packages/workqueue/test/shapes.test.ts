import { expect, it } from 'vitest'
import { Shape, ShapeTable } from '../src/codec/shapes.js'
import { REQUEST } from '../src/lane/layout.js'
import { lane, pass } from './support/lane.js'

const dictionary = (keys: number, length: number) =>
  Object.fromEntries(Array.from({ length: keys }, (_, i) => [`${i}`.padStart(length, 'k'), i]))

/** How many of these fit into the ring. */
function fitting({ outbox }: ReturnType<typeof lane>, value: unknown): number {
  let count = 0
  while (outbox.write(REQUEST.job, 0, 0, 0, value)) count++
  return count
}

it.each([
  ['many long keys', 4096, 100, 45],
  ['huge keys', 262_144, 4, 70_000],
])(
  'an object with %s arrives again and again, and shapes after it are learnt',
  (_, ringBytes, keys, length) => {
    const ends = lane(ringBytes)
    const large = dictionary(keys, length)
    const key = 'k'.repeat(200)
    for (let i = 0; i < 3; i++) {
      expect(pass(ends, large)).toEqual(large)
      expect(pass(ends, { [key]: i })).toEqual({ [key]: i })
    }
    // Its key is not in the record any more.
    expect(fitting(ends, { [key]: 1 })).toBeGreaterThan(ringBytes / 64)
  },
)

it('an object with more than 128 keys, or more than 1024 characters of them, is no shape', () => {
  const table = new ShapeTable()
  const shapeOf = (object: object) =>
    Object.keys(object).reduce<Shape | undefined>(
      (shape, key) => shape?.with(key, table),
      table.root,
    )
  expect(shapeOf(dictionary(128, 8))).toBeInstanceOf(Shape)
  expect(shapeOf(dictionary(129, 3))).toBeUndefined()
  expect(shapeOf(dictionary(128, 9))).toBeUndefined()
  expect(shapeOf({ [''.padEnd(1025)]: 1 })).toBeUndefined()
})
