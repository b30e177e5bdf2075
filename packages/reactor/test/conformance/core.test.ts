import { readdirSync } from 'node:fs'
import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Interest, Reactor, type ReactorOptions, Readiness } from '../../src/index.js'
import { LoanDesk } from '../../src/loan/index.js'
import { coreCases } from './core-cases.mjs'
import { turnsUntil } from './support.js'
import { ended, nextMessage, startWorker } from './threads.js'

const ways: readonly (readonly [string, ReactorOptions])[] = [
  ['polled by hand', { loop: 'manual' }],
  ['on the event loop', {}],
  ['on the event loop, engine thread', { engine: 'thread' }],
  ['on the event loop, one event per turn', { batch: 1 }],
  ['on the event loop, unref’d', {}],
]

const names = Object.keys(coreCases)

function openDescriptors(): string {
  return readdirSync('/proc/self/fd').sort().join(' ')
}

/** The reactor of a case that is not to keep the event loop alive: the test itself does. */
class UnreferencedReactor extends Reactor {
  constructor(options?: ReactorOptions) {
    super(options)
    this.unref()
  }
}

describe.each(ways)('in the main thread, %s', (way, options) => {
  const api = {
    Reactor: way.endsWith('unref’d') ? UnreferencedReactor : Reactor,
    Interest,
    Readiness,
    LoanDesk,
  }

  test.each(names)('%s', async (name) => {
    const before = openDescriptors()
    await coreCases[name]?.(api, options)
    await turnsUntil(() => openDescriptors() === before)
  })
})

describe.each(ways.slice(0, 4))('in a worker, %s', (_, options) => {
  let worker: Worker

  beforeAll(async () => {
    worker = startWorker('core', undefined)
    await nextMessage(worker)
  })

  afterAll(async () => {
    const over = ended(worker)
    worker.postMessage('end')
    expect(await over).toBe(0)
  })

  test.each(names)('%s', async (name) => {
    const answer = nextMessage(worker)
    worker.postMessage({ name, options })
    expect(await answer).toEqual({ passed: name })
  })
})
