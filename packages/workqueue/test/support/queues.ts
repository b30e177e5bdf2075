import { WorkQueue, type WorkQueueOptions } from '@rearm/workqueue'
import { onTestFinished } from 'vitest'
import type basicJobs from '../jobs/basic.mjs'
import { until } from './until.js'

export const basic = new URL('../jobs/basic.mjs', import.meta.url)
export type Basic = typeof basicJobs

/** A queue of the basic jobs that is closed when the test ends. */
export function basicQueue(options: WorkQueueOptions = {}): WorkQueue<Basic> {
  const queue = new WorkQueue<Basic>(basic, { threads: 1, ...options })
  onTestFinished(() => queue.close({ mode: 'discard', timeout: 0 }))
  return queue
}

/** A queue of another module of `test/jobs` that is closed when the test ends. */
export function queueOf(name: string, options: WorkQueueOptions = {}): WorkQueue {
  const queue = new WorkQueue(new URL(`../jobs/${name}`, import.meta.url), options)
  onTestFinished(() => queue.close({ mode: 'discard', timeout: 0 }))
  return queue
}

/** Holds jobs in their threads until it is opened. Jobs: `hold(gate.memory)`. */
export class Gate {
  readonly memory = new SharedArrayBuffer(8)
  readonly #words = new Int32Array(this.memory)

  /** Jobs that have reached the gate. */
  get arrived(): number {
    return Atomics.load(this.#words, 1)
  }

  async arrivals(count: number): Promise<void> {
    await until(() => this.arrived >= count)
  }

  open(): void {
    Atomics.store(this.#words, 0, 1)
    Atomics.notify(this.#words, 0)
  }
}

/** A counter that jobs in all threads add to: `count(tally.memory)`. */
export class Tally {
  readonly memory = new SharedArrayBuffer(4)
  readonly #words = new Int32Array(this.memory)

  get value(): number {
    return Atomics.load(this.#words, 0)
  }
}

/** A seeded generator of numbers from 0 to below 1 (mulberry32). */
export function random(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Sends a value there and back. */
export async function echo<T>(queue: WorkQueue<Basic>, value: T): Promise<T> {
  return (await queue.run('echo', value)) as T
}
