import type { WorkQueueOptions } from '@rearm/workqueue'
import { onTestFinished } from 'vitest'
import { Engine } from '../../src/queue/engine.js'

/** A queue of the sources, whose clock and timers a test may replace. It is closed when the test ends. */
export function engineOf(name: string, options: WorkQueueOptions = {}): Engine {
  const engine = new Engine(new URL(`../jobs/${name}`, import.meta.url), { threads: 1, ...options })
  onTestFinished(() => engine.close({ mode: 'discard', timeout: 0 }))
  return engine
}
