import { expect, test } from 'vitest'
import { Replacement } from '../src/threads/lend/replacement.js'

test('a stop does not wait for a worker that does not come up', async () => {
  let tries = 0
  let released = false
  const replacement = new Replacement({
    ready: () => {
      tries++
      return Promise.reject(new Error('it does not come up'))
    },
    hold: () => {},
    release: () => {
      released = true
    },
  })
  const begun = replacement.begin()
  replacement.stop()
  await begun
  expect({ tries, released }).toEqual({ tries: 1, released: false })
})
