// No time passes here but what a test lets pass, however slow the machine is.
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { JobTimeoutError } from '../src/errors.js'
import { engineOf } from './support/engine.js'
import { Gate, Tally } from './support/queues.js'
import { until } from './support/until.js'
import { catchUp, pass, setBack } from './support/virtual-time.js'

vi.mock('../src/clock.js', async () => (await import('./support/virtual-time.js')).clock)
vi.mock('node:timers', async (original) =>
  (await import('./support/virtual-time.js')).timers(await original()),
)

beforeEach(() => setBack(3_030_000))

/** A job that never ends by itself. */
function hanging() {
  const memory = new SharedArrayBuffer(8)
  const words = new Int32Array(memory)
  return { memory, hasBegun: () => Atomics.load(words, 1) === 1 }
}

describe('[D26] limits', () => {
  it.each([1, 2])(
    'timeout counts from the start: waiting does not use it up (concurrency %i)',
    async (concurrency) => {
      const engine = engineOf('basic.mjs', { concurrency })
      const gate = new Gate()
      const held = engine.run('hold', gate.memory, undefined)
      await gate.arrivals(1)
      // In a backlog, or in the lane behind the one that holds the thread.
      const [first, second] = [new Gate(), new Gate()]
      const done = engine.run('hold', first.memory, { timeout: 60_000 })
      const late = engine.run('hold', second.memory, { timeout: 60_000 })
      catchUp()
      gate.open()
      await held
      await first.arrivals(1)
      // The last look at it was half a minute ago, the next one is in here.
      pass(40_000)
      first.open()
      await done
      await second.arrivals(1)
      pass(3_600_000)
      await expect(late).rejects.toMatchObject({ limit: 'timeout', ms: 60_000, phase: 'run' })
      second.open()
    },
  )

  it('deadline counts from the push', async () => {
    const engine = engineOf('basic.mjs', { abortGrace: 1 })
    const { memory, hasBegun } = hanging()
    const running = engine.run('hangAsync', memory, { deadline: 50_000 })
    await until(hasBegun)
    const tally = new Tally()
    const waiting = engine.run('count', tally.memory, { deadline: 20_000 })
    pass(20_000)
    const late = await waiting.catch((error: unknown) => error)
    expect(late).toBeInstanceOf(JobTimeoutError)
    expect(late).toMatchObject({ limit: 'deadline', ms: 20_000, phase: 'wait' })
    expect(engine.stats()).toMatchObject({ timedOut: 1, running: 1, waiting: 0 })
    pass(30_000)
    await expect(running).rejects.toMatchObject({ limit: 'deadline', ms: 50_000, phase: 'run' })
    expect(await engine.run('count', tally.memory, undefined)).toBe(1)
    expect(engine.stats().timedOut).toBe(2)
  })

  it('deadline counts waiting and running together', async () => {
    const engine = engineOf('basic.mjs', { abortGrace: 1 })
    const gate = new Gate()
    const held = engine.run('hold', gate.memory, undefined)
    await gate.arrivals(1)
    const { memory, hasBegun } = hanging()
    const late = engine.run('hangAsync', memory, { deadline: 50_000 })
    pass(30_000)
    gate.open()
    await held
    await until(hasBegun)
    expect(engine.stats()).toMatchObject({ timedOut: 0, running: 1 })
    pass(20_000)
    await expect(late).rejects.toMatchObject({ limit: 'deadline', ms: 50_000, phase: 'run' })
  })
})

it('idleTimeout begins when a thread is ready, not before', async () => {
  const engine = engineOf('basic.mjs', { idleTimeout: 10 })
  const looks = vi.spyOn(engine.ledger.dispatcher.crew, 'stopIdle')
  const ready = engine.ready()
  // So long it takes to start.
  pass(1000)
  await ready
  const before = looks.mock.calls.length
  await until(() => looks.mock.calls.length > before + 1)
  expect(engine.stats().threads.ready).toBe(1)
  pass(10)
  await until(() => engine.stats().threads.alive === 0)
})
