import type { WorkQueue } from '@rearm/workqueue'
import { describe, expect, it } from 'vitest'
import { type Basic, basicQueue, Gate, Tally } from './support/queues.js'

/** Lets pending microtasks, and what they report, happen. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('tryPush is false, and nothing is reported, for a job that is refused', () => {
  it('because its signal has aborted', async () => {
    const errors: unknown[] = []
    const tally = new Tally()
    const queue = basicQueue({ onError: (error) => errors.push(error) })
    expect(queue.tryPush('count', tally.memory, { signal: AbortSignal.abort() })).toBe(false)
    expect(queue.tryPush('count', tally.memory)).toBe(true)
    await queue.drained()
    expect(tally.value).toBe(1)
    expect(errors).toEqual([])
    expect(queue.stats()).toMatchObject({ accepted: 1, waiting: 0 })
  })

  it('because the `context` option has closed the queue', async () => {
    const errors: unknown[] = []
    const queue = basicQueue({
      onError: (error) => errors.push(error),
      context: () => void queue.close(),
    })
    expect(queue.tryPush('echo', 1)).toBe(false)
    await turn()
    expect(errors).toEqual([])
  })
})

describe('pushMany', () => {
  it('ends with the first job that is refused, and says how many were accepted', async () => {
    const queue = basicQueue({ capacity: 100, onError: () => {} })
    const tally = new Tally()
    const stop = new AbortController()
    function* source() {
      for (let i = 0; i < 10; i++) {
        if (i === 3) stop.abort('enough')
        yield tally.memory
      }
    }
    await expect(queue.pushMany('count', source(), { signal: stop.signal })).rejects.toMatchObject({
      code: 'ERR_JOB_ABORTED',
      cause: 'enough',
      accepted: 3,
    })
  })

  it('says so too where it had waited for a place', async () => {
    const queue = basicQueue({ capacity: 1 })
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    const pushed = queue.pushMany('echo', [1, 2, 3])
    await gate.arrivals(1)
    const closed = queue.close()
    await expect(pushed).rejects.toMatchObject({
      code: 'ERR_QUEUE_CLOSED',
      accepted: 1,
      job: { input: 2 },
    })
    gate.open()
    await Promise.all([held, closed])
  })
})

describe('pushMany from a source that never ends', () => {
  function* endless() {
    // At last it ends, lest a queue that does not let go holds the test for ever.
    for (let i = 0; i < 1e6; i++) yield 1
    throw new Error('never let go')
  }

  it.each(['discard', 'discardOldest'] as const)(
    'lets go at the signal under %s',
    async (onFull) => {
      const queue = basicQueue({ capacity: 1, onFull, onError: () => {} })
      const gate = new Gate()
      const held = queue.run('hold', gate.memory)
      await gate.arrivals(1)
      const stop = new AbortController()
      setTimeout(() => stop.abort('enough'), 20)
      await expect(
        queue.pushMany('echo', endless(), { signal: stop.signal }),
      ).rejects.toMatchObject({ code: 'ERR_JOB_ABORTED', cause: 'enough' })
      gate.open()
      await held
    },
  )

  it('lets go when the queue is closed', async () => {
    const queue = basicQueue({ capacity: 1, onFull: 'discard' })
    setTimeout(() => void queue.close(), 20)
    await expect(queue.pushMany('echo', endless())).rejects.toMatchObject({
      code: 'ERR_QUEUE_CLOSED',
      accepted: expect.any(Number),
    })
  })

  it('turns no loop where the host blocks elsewhere', async () => {
    const wake = {
      module: new URL('./jobs/wake.mjs', import.meta.url),
      data: new SharedArrayBuffer(4),
    }
    const queue = basicQueue({ capacity: 1, onFull: 'discard', wake })
    let turned = false
    setImmediate(() => {
      turned = true
    })
    await queue.pushMany('echo', Array(20_000).fill(1))
    expect(turned).toBe(false)
  })
})

describe('what the source of pushMany throws', () => {
  const source = (error: unknown) =>
    (function* () {
      yield 1
      yield 2
      throw error
    })()
  const rejection = (queue: WorkQueue<Basic>, error: unknown) =>
    queue.pushMany('echo', source(error)).then(
      () => undefined,
      (reason: unknown) => reason,
    )

  it('comes out itself, with the number that was accepted before', async () => {
    const error = new RangeError('no more')
    expect(await rejection(basicQueue(), error)).toBe(error)
    expect(error).toMatchObject({ accepted: 2 })
  })

  it('is left as it is where it can have no such property', async () => {
    const queue = basicQueue()
    const frozen = Object.freeze(new RangeError('no more'))
    expect(await rejection(queue, frozen)).toBe(frozen)
    expect(await rejection(queue, 'text')).toBe('text')
  })
})
