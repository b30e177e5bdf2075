import { QueueClosedError, QueueFullError } from '@rearm/workqueue'
import { describe, expect, it } from 'vitest'
import { basicQueue, Gate, Tally } from './support/queues.js'
import { until } from './support/until.js'

describe('the bound', () => {
  it('[C17] tryPush is false when the queue is full, and the refused job never runs', async () => {
    const queue = basicQueue({ capacity: 2 })
    const gate = new Gate()
    const tally = new Tally()
    const held = queue.run('hold', gate.memory)
    expect(queue.tryPush('count', tally.memory)).toBe(true)
    expect(queue.tryPush('count', tally.memory)).toBe(true)
    expect(queue.tryPush('count', tally.memory)).toBe(false)
    gate.open()
    await held
    await queue.drained()
    expect(await queue.run('count', tally.memory)).toBe(3)
    expect(queue.stats()).toMatchObject({ accepted: 4, completed: 4 })
  })

  it('[C17] capacity 0 accepts what the threads can run at once, and no more', async () => {
    const queue = basicQueue({ capacity: 0, threads: 2 })
    const gate = new Gate()
    expect(queue.tryPush('hold', gate.memory)).toBe(true)
    expect(queue.tryPush('hold', gate.memory)).toBe(true)
    expect(queue.tryPush('hold', gate.memory)).toBe(false)
    await gate.arrivals(2)
    gate.open()
    await queue.drained()
  })

  it('[C18] pushes that wait are accepted in the order of their arrival, before any later tryPush', async () => {
    const queue = basicQueue({ capacity: 1 })
    const gate = new Gate()
    const accepted: number[] = []
    void queue.run('hold', gate.memory)
    await queue.push('echo', 0)
    const waits = [1, 2, 3, 4].map((n) => queue.push('echo', n).then(() => accepted.push(n)))
    expect(queue.stats().blocked).toBe(4)
    gate.open()
    await until(() => queue.tryPush('echo', 5))
    expect(accepted).toEqual([1, 2, 3, 4])
    await Promise.all(waits)
  })

  it('[C19] a push that waits for a place gives up at its deadline and takes no place', async () => {
    const queue = basicQueue({ capacity: 0 })
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    const late = queue.push('echo', 1, { deadline: 5 })
    await expect(late).rejects.toMatchObject({
      code: 'ERR_JOB_TIMEOUT',
      phase: 'accept',
      limit: 'deadline',
      job: { name: 'echo', input: 1 },
    })
    await expect(queue.reserve({ timeout: 5 })).rejects.toMatchObject({ code: 'ERR_JOB_TIMEOUT' })
    expect(queue.stats().blocked).toBe(0)
    gate.open()
    await held
    expect(await queue.run('echo', 2)).toBe(2)
  })

  it('[C20] an aborted wait takes no place, and a thousand waits share one signal without a warning', async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    const queue = basicQueue({ capacity: 0 })
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    const { signal } = new AbortController()
    const aborter = new AbortController()
    const pushes = Array.from({ length: 1000 }, () =>
      queue.push('echo', 1, { signal: aborter.signal }),
    )
    const reservation = queue.reserve({ signal: aborter.signal })
    const unaffected = queue.push('echo', 2, { signal })
    aborter.abort('enough')
    const results = await Promise.allSettled([...pushes, reservation])
    for (const result of results) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'ERR_JOB_ABORTED', phase: 'accept', cause: 'enough' },
      })
    }
    expect(queue.stats().blocked).toBe(1)
    await expect(queue.run('echo', 3, { signal: aborter.signal })).rejects.toMatchObject({
      phase: 'accept',
    })
    gate.open()
    expect(await unaffected).toBe(true)
    await held
    await queue.drained()
    expect(warnings).toEqual([])
    process.off('warning', onWarning)
  })

  it('[C22] after close nothing is accepted', async () => {
    const queue = basicQueue()
    expect(await queue.run('echo', 1)).toBe(1)
    const permit = await queue.reserve()
    await queue.close()
    expect(queue.tryPush('echo', 1)).toBe(false)
    expect(queue.tryReserve()).toBeUndefined()
    for (const refused of [queue.push('echo', 2), queue.run('echo', 2), permit.run('echo', 2)]) {
      const error: unknown = await refused.catch((reason) => reason)
      expect(error).toBeInstanceOf(QueueClosedError)
      expect(error).toMatchObject({ code: 'ERR_QUEUE_CLOSED', job: { name: 'echo', input: 2 } })
    }
    await expect(queue.reserve()).rejects.toBeInstanceOf(QueueClosedError)
    await expect(queue.ready()).rejects.toBeInstanceOf(QueueClosedError)
    await expect(queue.pushMany('echo', [1, 2])).rejects.toBeInstanceOf(QueueClosedError)
  })
})

describe('[C21] onFull', () => {
  it("'reject' rejects with the job, which never runs", async () => {
    const queue = basicQueue({ capacity: 0, onFull: 'reject' })
    const gate = new Gate()
    const tally = new Tally()
    const held = queue.run('hold', gate.memory)
    const error: unknown = await queue.push('count', tally.memory).catch((reason) => reason)
    expect(error).toBeInstanceOf(QueueFullError)
    expect(error).toMatchObject({ code: 'ERR_QUEUE_FULL', reason: 'rejected' })
    expect((error as QueueFullError).job?.input).toBe(tally.memory)
    await expect(queue.run('count', tally.memory)).rejects.toBeInstanceOf(QueueFullError)
    gate.open()
    await held
    expect(await queue.run('count', tally.memory)).toBe(1)
  })

  it("'discard' tells the pusher that the job was dropped", async () => {
    const queue = basicQueue({ capacity: 0, onFull: 'discard' })
    const gate = new Gate()
    const tally = new Tally()
    const held = queue.run('hold', gate.memory)
    expect(await queue.push('count', tally.memory)).toBe(false)
    await expect(queue.run('count', tally.memory)).rejects.toMatchObject({ reason: 'discarded' })
    expect(await queue.pushMany('count', [tally.memory, tally.memory])).toBe(0)
    gate.open()
    await held
    expect(await queue.run('count', tally.memory)).toBe(1)
    expect(queue.stats()).toMatchObject({ refused: 4, accepted: 2 })
  })

  it("'discardOldest' settles the displaced job's promise and runs the new one", async () => {
    const queue = basicQueue({ capacity: 2, onFull: 'discardOldest' })
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    const runs = [1, 2, 3, 4].map((n) => queue.run('echo', n))
    const first = await Promise.allSettled(runs.slice(0, 2))
    for (const result of first) {
      expect(result).toMatchObject({
        reason: { code: 'ERR_QUEUE_FULL', reason: 'displaced', job: { name: 'echo' } },
      })
    }
    gate.open()
    expect(await Promise.all(runs.slice(2))).toEqual([3, 4])
    await held
  })

  it("'discardOldest' with nothing waiting refuses the new job", async () => {
    const queue = basicQueue({ capacity: 0, onFull: 'discardOldest' })
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    await expect(queue.run('echo', 1)).rejects.toMatchObject({ reason: 'rejected' })
    gate.open()
    await held
  })

  it("'callerRuns' runs the job in the thread that pushed it", async () => {
    const queue = basicQueue({ capacity: 0, onFull: 'callerRuns' })
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    const { threadId } = await import('node:worker_threads')
    expect(await queue.run('thread')).toBe(threadId)
    const same = { not: 'copied' }
    expect(await queue.run('echo', same)).toBe(same)
    await expect(queue.run('raiseLater')).rejects.toThrow('later')
    const memory = new SharedArrayBuffer(8)
    const aborter = new AbortController()
    const waits = queue.run('waitForSignal', memory, { signal: aborter.signal })
    await until(() => new Int32Array(memory)[1] === 1)
    aborter.abort()
    await expect(waits).rejects.toMatchObject({ code: 'ERR_JOB_ABORTED', phase: 'run' })
    expect(queue.stats().ranInCaller).toBe(4)
    gate.open()
    await held
    expect(await queue.run('thread')).not.toBe(threadId)
  })
})

describe('permits', () => {
  it('a permit holds a place, which its job takes over', async () => {
    const queue = basicQueue({ capacity: 1 })
    const first = await queue.reserve()
    const second = queue.tryReserve()
    expect(second?.isHeld).toBe(true)
    expect(queue.tryReserve()).toBeUndefined()
    expect(queue.tryPush('echo', 1)).toBe(false)
    expect(await first.run('echo', 1)).toBe(1)
    expect(first.isHeld).toBe(false)
    expect(() => first.run('echo', 1)).toThrow('used or released')
    second?.release()
    second?.release()
    expect(queue.stats()).toMatchObject({ permits: 0, waiting: 0 })
    expect(await queue.run('echo', 2)).toBe(2)
  })

  it('a permit released in a `finally` leaves no place held, whether it was used or not', async () => {
    const queue = basicQueue({ capacity: 0 })
    const next = async (read: () => number) => {
      const permit = await queue.reserve({ timeout: 10_000 })
      try {
        return permit.run('echo', read())
      } finally {
        permit.release()
      }
    }
    const failure = () => {
      throw new Error('nothing to read')
    }
    for (let i = 0; i < 3; i++) {
      expect(await next(() => i)).toBe(i)
      await expect(next(failure)).rejects.toThrow('nothing to read')
    }
    expect(queue.stats()).toMatchObject({ permits: 0, completed: 3, waiting: 0, running: 0 })
  })

  it('a permit is disposable, and an aborted job on a permit gives the place back', async () => {
    const queue = basicQueue({ capacity: 0 })
    const permit = await queue.reserve()
    permit[Symbol.dispose]()
    const other = await queue.reserve()
    const refused = other.run('echo', 1, { signal: AbortSignal.abort() })
    await expect(refused).rejects.toMatchObject({ code: 'ERR_JOB_ABORTED' })
    const third = await queue.reserve()
    third.push('echo', 1)
    await queue.drained()
    expect(queue.stats()).toMatchObject({ permits: 0, completed: 1 })
  })
})

describe('the other verbs', () => {
  it('pushMany accepts everything in order, waiting where the queue is full', async () => {
    const queue = basicQueue({ capacity: 3 })
    const tally = new Tally()
    expect(await queue.pushMany('count', Array(50).fill(tally.memory))).toBe(50)
    await queue.drained()
    expect(tally.value).toBe(50)
    async function* source() {
      for (let i = 0; i < 10; i++) yield tally.memory
    }
    expect(await queue.pushMany('count', source())).toBe(10)
    await queue.drained()
    expect(tally.value).toBe(60)
  })

  it('a failure of a pushed job goes to onError', async () => {
    const failures: unknown[] = []
    const queue = basicQueue({ onError: (error) => failures.push(error) })
    expect(await queue.push('raise', 'a string')).toBe(true)
    expect(queue.tryPush('raiseLater')).toBe(true)
    await until(() => failures.length === 2)
    expect(failures[0]).toBe('a string')
    expect(failures[1]).toMatchObject({ message: 'later' })
  })

  it('options that make no sense are refused at once', () => {
    const queue = basicQueue()
    expect(() => basicQueue({ threads: 0 })).toThrow(RangeError)
    expect(() => basicQueue({ threads: 1025 })).toThrow('threads must be an integer from 1 to 1024')
    expect(() => basicQueue({ threads: 1e9 })).toThrow(RangeError)
    expect(() => queue.resize(1025)).toThrow(RangeError)
    expect(() => basicQueue({ capacity: -1 })).toThrow(RangeError)
    expect(() => basicQueue({ capacity: Number.NaN })).toThrow(RangeError)
    expect(() => basicQueue({ ringBytes: 5000 })).toThrow(RangeError)
    expect(() => basicQueue({ onFull: 'explode' as 'wait' })).toThrow(TypeError)
    expect(() => queue.run('echo', 1, { timeout: -1 })).toThrow(RangeError)
    expect(() => queue.tryPush('echo', 1, { priority: 0.5 })).toThrow(RangeError)
    expect(() => queue.resize(0)).toThrow(RangeError)
    expect(() => queue.close({ mode: 'never' as 'drain' })).toThrow(TypeError)
    expect(queue.stats()).toMatchObject({ accepted: 0, waiting: 0 })
  })
})
