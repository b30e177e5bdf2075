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

test('a worker that dies as the last one is replaced is waited for, too', async () => {
  const said: string[] = []
  let alive = 0
  const replacement = new Replacement({
    ready: async () => {
      said.push('asked')
      // The second death comes when this has resolved, and before that is heard.
      if (++alive === 1) queueMicrotask(() => void replacement.begin())
    },
    hold: () => said.push('hold'),
    release: () => said.push('release'),
  })
  await replacement.begin()
  expect(said).toEqual(['hold', 'asked', 'hold', 'asked', 'release'])
})
