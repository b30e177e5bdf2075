import { expect, it } from 'vitest'
import { basicQueue } from './support/queues.js'

it('pushMany asks for the context once for each input, also where that has to wait', async () => {
  let asked = 0
  const queue = basicQueue({ capacity: 0, context: () => ++asked })
  expect(await queue.pushMany('echo', Array(10).fill(1))).toBe(10)
  expect(asked).toBe(10)
  await queue.close()
})
