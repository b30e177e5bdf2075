import { expect, it } from 'vitest'
import { Job } from '../src/queue/job.js'
import { Pace } from '../src/queue/pace.js'
import { patienceOf } from '../src/queue/patience.js'

const MS = 1000

it('a job waits behind those of its lane that have not begun, as many at a time as the thread runs', () => {
  const one = new Pace(1, 64)
  one.note(2 * MS, 0)
  expect(one.waitBehind(0)).toBe(0)
  expect(one.waitBehind(1)).toBe(0)
  expect(one.waitBehind(5)).toBeCloseTo(8, 2)
  const four = new Pace(4, 64)
  four.note(2 * MS, 0)
  expect(four.waitBehind(4)).toBe(0)
  expect(four.waitBehind(12)).toBeCloseTo(4, 2)
})

it('a thread of which nothing is known makes no job wait', () => {
  const pace = new Pace(1, 64)
  expect(pace.waitBehind(10)).toBe(0)
  pace.note(50 * MS, 20)
  pace.reset()
  expect(pace.waitBehind(10)).toBe(0)
})

it("a result waits for a quarter of its job's wait, 20 ms at most, and not at all with a priority", () => {
  const job = (priority: number) => new Job('job', 0, undefined, { priority }, undefined, 0)
  expect([0, 3, 40, 4000].map((waitMs) => patienceOf(job(0), waitMs))).toEqual([0, 0, 10, 20])
  expect(patienceOf(job(1), 4000)).toBe(0)
})
