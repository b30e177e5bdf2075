import { createHash, hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { Digest } from '../src/threads/protocol/digest.js'

const hexOf = (digest: Digest) => Buffer.from(digest.hex).toString('latin1')

test('a digest of digests is what node:crypto makes of it, after every round', () => {
  for (const text of ['', 'abc', 'żółw', 'x'.repeat(65536)]) {
    const digest = new Digest(Buffer.from(text), 2000)
    let expected = createHash('sha256').update(text).digest()
    expect(hexOf(digest)).toBe(expected.toString('hex'))
    for (let round = 2; round <= 2000; round++) {
      expect(digest.advance(1)).toBe(1)
      expected = hash('sha256', expected, 'buffer')
      expect(hexOf(digest)).toBe(expected.toString('hex'))
    }
    expect(digest.isDone).toBe(true)
  }
})

test('two digests that take turns do not mix, and none makes more rounds than it was asked for', () => {
  const of = (text: string) => new Digest(Buffer.from(text), 100)
  const alone = of('a')
  alone.advance(99)
  const first = of('a')
  const second = of('b')
  while (!first.isDone) {
    first.advance(7)
    second.advance(5)
  }
  expect(hexOf(first)).toBe(hexOf(alone))
  expect(first.advance(1)).toBe(0)
  expect(second.isDone).toBe(false)
})
