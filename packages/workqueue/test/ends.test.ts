import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { WorkQueue } from '@rearm/workqueue'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type disposing from './jobs/disposing.mjs'
import { basicQueue, Gate, Tally } from './support/queues.js'
import { until } from './support/until.js'

const turn = () => new Promise((resolve) => setTimeout(resolve, 1))

describe('under fake timers', () => {
  afterEach(() => vi.useRealTimers())

  it('jobs are handed over, and failures told of', async () => {
    const errors: unknown[] = []
    const queue = basicQueue({ onError: (error) => errors.push(error) })
    expect(await queue.run('echo', 1)).toBe(1)
    vi.useFakeTimers({ toFake: ['queueMicrotask', 'performance', 'hrtime'] })
    expect(await queue.run('echo', 2)).toBe(2)
    await queue.push('raise', 'loud')
    await queue.drained()
    await Promise.resolve()
    expect(errors).toHaveLength(1)
    await queue.close()
  })
})

describe('a push whose job the caller runs', () => {
  const full = async () => {
    const errors: unknown[] = []
    const gate = new Gate()
    const queue = basicQueue({
      capacity: 0,
      onFull: 'callerRuns',
      onError: (error) => errors.push(error),
    })
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    return { queue, errors, gate, held }
  }

  it('is over when its signal aborts', async () => {
    const { queue, errors, gate, held } = await full()
    const stop = new AbortController()
    const pushed = queue.push('waitForSignal', new SharedArrayBuffer(8), { signal: stop.signal })
    await until(() => queue.stats().ranInCaller === 1)
    stop.abort()
    expect(await pushed).toBe(true)
    await until(() => errors.length === 1)
    expect(errors).toMatchObject([{ code: 'ERR_JOB_ABORTED', phase: 'run' }])
    gate.open()
    await held
  })

  it('does not begin once it was aborted while the module was loading', async () => {
    const { queue, errors, gate, held } = await full()
    const tally = new Tally()
    const stop = new AbortController()
    const pushed = queue.push('count', tally.memory, { signal: stop.signal })
    stop.abort()
    expect(await pushed).toBe(true)
    // The next one waits for the same module.
    expect(await queue.run('echo', 1)).toBe(1)
    expect(tally.value).toBe(0)
    await until(() => errors.length === 1)
    gate.open()
    await held
  })

  it('is over when its time is', async () => {
    const { queue, errors, gate, held } = await full()
    expect(await queue.push('hangAsync', new SharedArrayBuffer(8), { deadline: 10 })).toBe(true)
    await until(() => errors.length === 1)
    expect(errors).toMatchObject([{ code: 'ERR_JOB_TIMEOUT' }])
    gate.open()
    await held
  })

  it('is over when it has run for its timeout', async () => {
    const { queue, errors, gate, held } = await full()
    // The deadline is the watchdog.
    const limits = { timeout: 10, deadline: 20_000 }
    expect(await queue.push('hangAsync', new SharedArrayBuffer(8), limits)).toBe(true)
    await until(() => errors.length === 1)
    expect(errors).toMatchObject([
      { code: 'ERR_JOB_TIMEOUT', limit: 'timeout', ms: 10, phase: 'run' },
    ])
    gate.open()
    await held
  })

  it('is over when the queue gives up', async () => {
    const { queue, errors, gate, held } = await full()
    let end: (value?: unknown) => void = () => {}
    // Not cloned, but awaited: it runs in the caller.
    const pushed = queue.push('echo', new Promise((resolve) => (end = resolve)))
    // Should the close wait for it, this test fails, and the next one has its turn.
    onTestFinished(() => end())
    await until(() => queue.stats().ranInCaller === 1)
    gate.open()
    await held
    await queue.close({ timeout: 10 })
    expect(await pushed).toBe(true)
    expect(errors).toMatchObject([{ code: 'ERR_QUEUE_CLOSED' }])
  })
})

describe('a signal that is none is a TypeError, and takes no place', () => {
  it.each([new AbortController(), {}, null, 'abort', { aborted: false }])('%o', async (wrong) => {
    const signal = wrong as AbortSignal
    const queue = basicQueue({ capacity: 0 })
    const said = /signal must be an AbortSignal/
    expect(() => queue.run('echo', 1, { signal })).toThrow(said)
    expect(() => queue.push('echo', 1, { signal })).toThrow(said)
    expect(() => queue.tryPush('echo', 1, { signal })).toThrow(said)
    await expect(queue.reserve({ signal })).rejects.toThrow(said)
    const permit = await queue.reserve()
    expect(() => permit.run('echo', 1, { signal })).toThrow(said)
    expect(() => permit.push('echo', 1, { signal })).toThrow(said)
    expect(await permit.run('echo', 2)).toBe(2)
    expect(queue.stats()).toMatchObject({ accepted: 1, waiting: 0, permits: 0 })
    await queue.close()
  })
})

describe('close', () => {
  const disposingQueue = (options: ConstructorParameters<typeof WorkQueue>[1]) =>
    new WorkQueue<typeof disposing>(new URL('./jobs/disposing.mjs', import.meta.url), {
      threads: 1,
      ...options,
    })

  it('lets a thread whose job was aborted end in good order', async () => {
    const tally = new Tally()
    const gate = new Gate()
    const queue = disposingQueue({ workerData: tally.memory, abortGrace: 60_000 })
    const stop = new AbortController()
    const aborted = queue.run('hold', gate.memory, { signal: stop.signal })
    await gate.arrivals(1)
    stop.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'ERR_JOB_ABORTED' })
    const closed = queue.close()
    gate.open()
    await closed
    expect(tally.value).toBe(1)
  })

  it('ends a thread whose aborted job does not listen, after its grace', async () => {
    const tally = new Tally()
    const gate = new Gate()
    const queue = disposingQueue({ workerData: tally.memory, abortGrace: 10 })
    const stop = new AbortController()
    const aborted = queue.run('hold', gate.memory, { signal: stop.signal })
    await gate.arrivals(1)
    stop.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'ERR_JOB_ABORTED' })
    await queue.close()
    expect(tally.value).toBe(0)
  })

  it('waits for no dispose in a thread that does not end', async () => {
    const queue = disposingQueue({ workerData: 'never' })
    expect(await queue.run('echo', 1)).toBe(1)
    await queue.close({ timeout: 10 })
  })

  it('waits for no dispose in the caller that does not end', async () => {
    const queue = disposingQueue({ workerData: 'never', capacity: 0, onFull: 'callerRuns' })
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    expect(await queue.run('echo', 3)).toBe(3)
    gate.open()
    await held
    await queue.close({ timeout: 10 })
  })
})

it('a job is refused by a queue that is closed when its push is told of', async () => {
  const queue = basicQueue()
  const close = () => void queue.close()
  subscribe('rearm:workqueue:push', close)
  const refused = queue.run('echo', 1)
  unsubscribe('rearm:workqueue:push', close)
  await expect(refused).rejects.toMatchObject({ code: 'ERR_QUEUE_CLOSED' })
  await queue.close()
})

it('tryPush says false of a job that is refused by a queue which closes when told of it', () => {
  const queue = basicQueue({ onError: () => {} })
  const close = () => void queue.close()
  subscribe('rearm:workqueue:push', close)
  expect(queue.tryPush('echo', 1)).toBe(false)
  unsubscribe('rearm:workqueue:push', close)
})

it('what the queue tells of, it tells in the context in which it was made', async () => {
  const store = new AsyncLocalStorage<string>()
  const heard: [string, string | undefined][] = []
  const queue = store.run('owner', () =>
    basicQueue({
      onError: () => heard.push(['error', store.getStore()]),
      onThreadExit: () => heard.push(['exit', store.getStore()]),
    }),
  )
  await store.run('request', async () => {
    await queue.push('raise', 'loud')
    await queue.drained()
    await queue.close()
  })
  expect(heard.sort()).toEqual([
    ['error', 'owner'],
    ['exit', 'owner'],
  ])
})

it('a reservation may wait for as long as a timer can', async () => {
  const queue = basicQueue({ capacity: 0 })
  const first = await queue.reserve()
  const second = queue.reserve({ timeout: 2 ** 31 - 0.5 })
  let outcome: unknown
  second.then(
    () => {
      outcome = 'got it'
    },
    (error: unknown) => {
      outcome = error
    },
  )
  await turn()
  expect(outcome).toBeUndefined()
  first.release()
  ;(await second).release()
  expect(outcome).toBe('got it')
})
