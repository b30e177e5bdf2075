import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holds } from '../lib/bars.mjs'
import { rotated, runRounds } from '../lib/rounds.mjs'
import { median, ratios } from '../lib/statistics.mjs'
import { digits, formatTable } from '../lib/table.mjs'

test('each item is first in turn, and runs once in each round', async () => {
  assert.deepEqual(rotated(['a', 'b', 'c'], 4), ['b', 'c', 'a'])
  const order = []
  const items = [{ name: 'a' }, { name: 'b' }]
  const results = await runRounds(items, 2, async ({ name }, round) =>
    order.push(`${name}${round}`),
  )
  assert.deepEqual(order, ['a0', 'b0', 'b1', 'a1'])
  assert.deepEqual([...results.keys()], ['a', 'b'])
  assert.deepEqual(results.get('b'), [2, 3])
})

test('medians and paired ratios', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
  assert.deepEqual(ratios([2, 9], [1, 3]), [2, 3])
})

test('a bar that was not measured does not hold', () => {
  assert.equal(holds({ what: '', ratio: 1.1, atMost: 1.1 }), true)
  assert.equal(holds({ what: '', ratio: 9.9, atLeast: 10 }), false)
  assert.equal(holds({ what: '', ratio: Number.NaN, atMost: 1.1 }), false)
})

test('the table is Markdown, numbers to the right', () => {
  assert.equal(
    formatTable(
      ['server', 'µs'],
      [
        ['c', digits(7.614)],
        ['node:net', digits(12345)],
      ],
    ),
    '| server   |     µs |\n|----------|-------:|\n| c        |   7.61 |\n| node:net | 12,345 |',
  )
})
