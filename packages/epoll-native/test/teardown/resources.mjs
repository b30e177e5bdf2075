// What this process holds: descriptors and threads.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'

export function snapshot() {
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
  }
}

/** Waits until the process holds no more than it did `before`: a thread that has ended may take a moment to go. */
export async function settled(before) {
  const deadline = performance.now() + 60_000
  for (;;) {
    const now = snapshot()
    if (now.descriptors <= before.descriptors && now.threads <= before.threads) return
    if (performance.now() > deadline) assert.deepEqual(now, before)
    await setImmediate()
  }
}
