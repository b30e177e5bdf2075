import {
  JobAbortedError,
  JobModuleError,
  JobTimeoutError,
  UnserializableError,
} from '@rearm/workqueue'
import { describe, expect, it } from 'vitest'
import { basicQueue, echo, Gate, Tally } from './support/queues.js'
import { until } from './support/until.js'

const words = (memory: SharedArrayBuffer) => new Int32Array(memory)

describe('values', () => {
  it('[A8] plain data of every kind arrives as it was sent, there and back', async () => {
    const queue = basicQueue()
    const values: unknown[] = [
      0,
      -0,
      1,
      -1,
      2 ** 31 - 1,
      -(2 ** 31),
      2 ** 31,
      0.1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      true,
      false,
      null,
      undefined,
      '',
      'short',
      'ÿ latin',
      'snow ☃',
      '\ud800 alone',
      'x'.repeat(41),
      '☃'.repeat(1000),
      'long ascii '.repeat(1000),
      0n,
      -5n,
      2n ** 200n,
      new Date(5),
      new Date(Number.NaN),
      [],
      [1, [2, [3]]],
      [undefined, null],
      {},
      { a: undefined },
      { 'odd key': 1, '': 2, 7: 3 },
      { nested: { list: [{ id: 1 }, { id: 2 }] } },
      new Uint8Array(0),
      new Uint8Array([1, 2, 3]),
      new Uint8Array(1001).fill(7),
      new Uint8Array(100_000).fill(9),
      new Map([[1, { a: 2 }]]),
      new Set(['x']),
      new Float64Array([0.5, Number.NaN]),
      /re/g,
      new ArrayBuffer(3),
      JSON.parse('{"__proto__": {"x": 1}}'),
    ]
    for (let round = 0; round < 3; round++) {
      const back = await Promise.all(values.map((value) => queue.run('echo', value)))
      expect(back).toEqual(values)
      expect(Object.is(back[1], -0)).toBe(true)
    }
    expect(Object.hasOwn((await queue.run('echo', values.at(-1))) as object, '__proto__')).toBe(
      true,
    )
  })

  it('means the same in the ring as by structured clone: graphs, holes, classes, odd offsets', async () => {
    const queue = basicQueue()
    const shared = { n: 1 }
    const twice = await echo(queue, { a: shared, b: shared })
    expect(twice.a).toBe(twice.b)
    const many = Array.from({ length: 30 }, () => ({}))
    const list = await echo(queue, [...many, many[20]])
    expect(list[30]).toBe(list[20])
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    const back = (await queue.run('echo', cycle)) as { self?: unknown }
    expect(back.self).toBe(back)
    const holes = [1, 2, 3]
    delete holes[1]
    const sparse = await echo(queue, holes)
    expect(1 in sparse).toBe(false)
    class Point {
      x = 1
      get y() {
        return 2
      }
    }
    expect(await queue.run('echo', new Point() as unknown)).toEqual({ x: 1 })
    const view = new Uint8Array(new ArrayBuffer(64), 3, 50).fill(5)
    expect(await queue.run('echo', view)).toEqual(view)
    let deep: unknown[] = []
    for (let i = 0; i < 300; i++) deep = [deep]
    expect(await queue.run('echo', deep)).toEqual(deep)
  })

  it('received bytes are the receiver’s own: nothing later changes them', async () => {
    const queue = basicQueue()
    const results = await Promise.all(
      Array.from({ length: 300 }, (_, i) => echo(queue, new Uint8Array(700).fill(i))),
    )
    for (const [i, bytes] of results.entries()) {
      expect(bytes.every((byte) => byte === (i & 255))).toBe(true)
    }
  })

  it('objects of thousands of shapes still arrive', async () => {
    const queue = basicQueue()
    const objects = Array.from({ length: 3000 }, (_, i) => ({ [`key${i}`]: i, common: true }))
    for (let round = 0; round < 2; round++) {
      expect(await Promise.all(objects.map((object) => queue.run('echo', object)))).toEqual(objects)
    }
  })

  it('results larger than the ring, and more of them than it holds, arrive', async () => {
    const queue = basicQueue({ ringBytes: 4096, capacity: 2000 })
    const runs = Array.from({ length: 500 }, (_, i) => echo(queue, 'y'.repeat((i % 40) * 50)))
    const results = await Promise.all(runs)
    expect(results.map((text) => text.length)).toEqual(runs.map((_, i) => (i % 40) * 50))
  })

  it('[D23] what cannot be sent is named by its path, in input and in result', async () => {
    const queue = basicQueue()
    const input = { rows: [1, { 'a b': () => 1 }] }
    const there = await queue.run('echo', input).catch((error: unknown) => error)
    expect(there).toBeInstanceOf(UnserializableError)
    expect(there).toMatchObject({
      code: 'ERR_UNSERIALIZABLE',
      path: 'input.rows[1]["a b"]',
      job: { name: 'echo', input },
    })
    const back = await queue.run('giveFunction').catch((error: unknown) => error)
    expect(back).toMatchObject({ path: 'result of giveFunction.rows[1].callback' })
    await expect(queue.run('echo', Symbol('x'))).rejects.toMatchObject({ path: 'input' })
    const hostile = {
      get trap() {
        throw new Error('sprung')
      },
    }
    await expect(queue.run('echo', hostile)).rejects.toMatchObject({ path: 'input.trap' })
    expect(await queue.run('echo', 1)).toBe(1)
  })

  it('a getter that pushes while its input is being read does not tear the ring', async () => {
    const queue = basicQueue()
    let inner: Promise<unknown> | undefined
    const sly = {
      get now() {
        inner ??= queue.run('echo', 'inner')
        return 1
      },
    }
    expect(await queue.run('echo', sly)).toEqual({ now: 1 })
    expect(await inner).toBe('inner')
    const thrower = {
      get now() {
        inner = queue.run('echo', 'second')
        throw new Error('sprung')
      },
    }
    await expect(queue.run('echo', thrower)).rejects.toBeInstanceOf(UnserializableError)
    expect(await inner).toBe('second')
  })

  it('[D24] buffers are transferred in and out', async () => {
    const queue = basicQueue()
    const buffer = new ArrayBuffer(1000)
    const back = await queue.run('moveBack', buffer, { transfer: [buffer] })
    expect(buffer.byteLength).toBe(0)
    expect(back.length).toBe(1000)
    expect(back.buffer.byteLength).toBe(1000)
  })
})

describe('[D23] errors', () => {
  it('a thrown error keeps class, name, code, own properties, cause and both stacks', async () => {
    const queue = basicQueue()
    const caller = async () => {
      await queue.run('raiseDomain')
    }
    const error = await caller().catch((reason: Error) => reason)
    expect(error).toMatchObject({
      name: 'DomainError',
      message: 'out of domain',
      code: 'E_DOMAIN',
      detail: { rows: [1, 2] },
    })
    const { cause, stack } = error as Error
    expect(cause).toBeInstanceOf(RangeError)
    expect(cause).toMatchObject({ message: 'too large' })
    expect(stack).toMatch(/raiseDomain.*basic\.mjs/)
    expect(stack).toMatch(/at (async )?caller .*jobs\.test\.ts/)
  })

  it('sync and async throws, non-errors, and built-in classes', async () => {
    const queue = basicQueue()
    await expect(queue.run('raiseLater')).rejects.toBeInstanceOf(TypeError)
    await expect(queue.run('raise', 'text')).rejects.toBe('text')
    await expect(queue.run('raise', undefined)).rejects.toBeUndefined()
    await expect(queue.run('raise', { plain: 1 })).rejects.toEqual({ plain: 1 })
  })

  it('a name that the module does not have is a JobModuleError, inherited names too', async () => {
    const queue = basicQueue()
    for (const name of ['nope', 'toString', 'constructor']) {
      const failed = queue.run(name as 'echo', 1)
      await expect(failed).rejects.toBeInstanceOf(JobModuleError)
      await expect(failed).rejects.toMatchObject({ code: 'ERR_JOB_MODULE', job: { name } })
    }
  })
})

describe('[D25] abort', () => {
  it('a waiting job never runs, in a backlog and in a lane', async () => {
    const queue = basicQueue()
    const gate = new Gate()
    const tally = new Tally()
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    const aborter = new AbortController()
    const runs = Array.from({ length: 10 }, () =>
      queue.run('count', tally.memory, { signal: aborter.signal }),
    )
    aborter.abort(new Error('why'))
    for (const result of await Promise.allSettled(runs)) {
      expect(result).toMatchObject({ reason: { code: 'ERR_JOB_ABORTED', phase: 'wait' } })
    }
    expect(queue.stats()).toMatchObject({ waiting: 0, aborted: 10 })
    gate.open()
    await held
    expect(await queue.run('count', tally.memory)).toBe(1)
  })

  it('a running job sees it: a synchronous one by asking, an asynchronous one by its signal', async () => {
    const queue = basicQueue({ abortGrace: Number.POSITIVE_INFINITY })
    for (const name of ['spinUntilAborted', 'waitForSignal'] as const) {
      const memory = new SharedArrayBuffer(8)
      const aborter = new AbortController()
      const run = queue.run(name, memory, { signal: aborter.signal })
      await until(() => words(memory)[1] === 1)
      aborter.abort('stop')
      const error = await run.catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(JobAbortedError)
      expect(error).toMatchObject({ phase: 'run', cause: 'stop' })
      await until(() => words(memory)[0] === 1)
    }
    expect(await queue.run('echo', 1)).toBe(1)
    expect(queue.stats().threadExits).toBe(0)
  })

  it('a thread does not park over an asynchronous job that came with a message', async () => {
    // The abort's message and the second job reach the thread in the turn between its batch and its rest.
    for (let i = 0; i < 10; i++) {
      const queue = basicQueue({ abortGrace: Number.POSITIVE_INFINITY })
      for (const name of ['spinUntilAborted', 'waitForSignal'] as const) {
        const memory = new SharedArrayBuffer(8)
        const aborter = new AbortController()
        const run = queue.run(name, memory, { signal: aborter.signal })
        await until(() => words(memory)[1] === 1)
        aborter.abort()
        await expect(run).rejects.toBeInstanceOf(JobAbortedError)
        await until(() => words(memory)[0] === 1)
      }
      await queue.close()
    }
  })

  it('one that does not listen loses its thread after the grace, and the jobs behind it run', async () => {
    const queue = basicQueue({ abortGrace: 1 })
    for (const name of ['spinForEver', 'hangAsync'] as const) {
      const memory = new SharedArrayBuffer(8)
      const aborter = new AbortController()
      const stuck = queue.run(name, memory, { signal: aborter.signal })
      const behind = [1, 2, 3].map((n) => queue.run('echo', n))
      await until(() => words(memory)[1] === 1)
      aborter.abort()
      await expect(stuck).rejects.toBeInstanceOf(JobAbortedError)
      expect(await Promise.all(behind)).toEqual([1, 2, 3])
    }
    expect(queue.stats().threadExits).toBe(2)
  })

  it('jobs of other threads are not harmed by a forced stop', async () => {
    const queue = basicQueue({ threads: 2, abortGrace: 1 })
    const gate = new Gate()
    const memory = new SharedArrayBuffer(8)
    const aborter = new AbortController()
    const other = queue.run('hold', gate.memory)
    const stuck = queue.run('spinForEver', memory, { signal: aborter.signal })
    await gate.arrivals(1)
    await until(() => words(memory)[1] === 1)
    aborter.abort()
    await expect(stuck).rejects.toBeInstanceOf(JobAbortedError)
    await until(() => queue.stats().threadExits === 1)
    gate.open()
    await other
  })
})

describe('[D26] limits', () => {
  it('a job ends by its deadline while it waits, and by its timeout while it runs', async () => {
    const queue = basicQueue({ abortGrace: 1 })
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    const waiting = queue.run('echo', 1, { deadline: 5 })
    await expect(waiting).rejects.toMatchObject({ phase: 'wait', limit: 'deadline', ms: 5 })
    gate.open()
    await held
    const memory = new SharedArrayBuffer(8)
    const spinning = queue.run('spinForEver', memory, { timeout: 5 })
    const error = await spinning.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(JobTimeoutError)
    expect(error).toMatchObject({ code: 'ERR_JOB_TIMEOUT', limit: 'timeout', ms: 5, phase: 'run' })
    expect(await queue.run('echo', 2)).toBe(2)
  })

  it('a job that ends in time is not touched by its limits', async () => {
    const queue = basicQueue()
    const limits = { timeout: 20_000, deadline: 20_000, signal: new AbortController().signal }
    expect(await queue.run('later', 1, limits)).toBe(1)
  })
})

it('a job without a name is unknown like any other, and holds up nobody', async () => {
  const queue = basicQueue()
  await expect(queue.run(undefined as never, 1 as never)).rejects.toMatchObject({
    code: 'ERR_JOB_MODULE',
  })
  expect(await queue.run('echo', 1)).toBe(1)
})
