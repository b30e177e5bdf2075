import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holds } from '../lib/bars.mjs'
import { suiteOptions } from '../lib/options.mjs'
import { rotated, runRounds } from '../lib/rounds.mjs'
import { median, ratios } from '../lib/statistics.mjs'
import { digits, formatTable } from '../lib/table.mjs'
import { joinSlices } from '../lib/tcp-servers.mjs'

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

test('the slices of a run add up, and weigh by what they answered', () => {
  const slice = (requests, total, p50, waited = 0.02) => ({
    seconds: 0.5,
    requests,
    waited,
    cpuUsPerRequest: { total, user: 1, system: total - 1 },
    latencyUs: { p50, p99: 9 },
  })
  const run = joinSlices([slice(100, 6, 1), slice(300, 10, 5, 0.3), slice(100, 6, 2)])
  assert.equal(run.requests, 500)
  assert.equal(run.requestsPerSecond, 500 / 1.5)
  assert.deepEqual(run.cpuUsPerRequest, { total: 8.4, user: 1, system: 7.4 })
  assert.deepEqual(run.latencyUs, { p50: 2, p99: 9 })
  assert.equal(run.waited, 0.3)
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

test('an option of a suite stands in for the common one of its name, and undefined takes that away', () => {
  const own = { attempts: undefined, check: { type: 'number', default: 7, help: '' } }
  const options = suiteOptions('suite', 'about', own)
  assert.ok(!('attempts' in options))
  assert.equal(options.check, 7)
  assert.equal(options.save, false)
})
