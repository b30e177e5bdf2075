// [E34] In every test of this package each promise that a queue gave was settled, and once.
import { subscribe } from 'node:diagnostics_channel'
import { afterEach, expect } from 'vitest'
import { until } from './until.js'

interface Notice {
  readonly id: number
  readonly kind: string
  readonly event: 'made' | 'settled'
}

const promises = new Map<number, { kind: string; settled: number }>()

subscribe('rearm:workqueue:promise', (message) => {
  const { id, kind, event } = message as Notice
  if (event === 'made') {
    promises.set(id, { kind, settled: 0 })
  } else {
    const promise = promises.get(id)
    if (promise === undefined) throw new Error(`promise ${id} (${kind}) was settled but never made`)
    promise.settled++
  }
})

afterEach(async () => {
  await until(() => [...promises.values()].every(({ settled }) => settled > 0))
  const wrong = [...promises.values()].filter(({ settled }) => settled !== 1)
  promises.clear()
  expect(wrong).toEqual([])
})
