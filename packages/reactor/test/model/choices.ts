import assert from 'node:assert/strict'
import { Interest, type Mode } from '../../src/index.js'

export const modes: readonly Mode[] = [
  'level',
  'edge',
  'oneshot',
  'oneshot',
  'edge-oneshot',
  'exclusive',
]
export const interests = [
  Interest.READABLE,
  Interest.READABLE,
  Interest.WRITABLE,
  Interest.READABLE | Interest.WRITABLE,
  Interest.NONE,
]

export function pick<T>(from: readonly T[], choice: number): T {
  const value = from[choice % from.length]
  assert.ok(value !== undefined)
  return value
}
