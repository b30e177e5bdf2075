import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { QueueClosedError, WorkQueue } from '@rearm/workqueue'
import { describe, expect, it } from 'vitest'
import { program } from './support/program.js'
import { type Basic, basic, basicQueue, Gate, Tally } from './support/queues.js'
import { until } from './support/until.js'

const words = (memory: SharedArrayBuffer) => new Int32Array(memory)

describe('close', () => {
  it('[F36] completes every accepted job', async () => {
    const queue = basicQueue({ capacity: 100 })
    const tally = new Tally()
    const runs = Array.from({ length: 50 }, () => queue.run('count', tally.memory))
    await queue.close()
    expect(tally.value).toBe(50)
    expect((await Promise.all(runs)).length).toBe(50)
    expect(queue.stats().threads.alive).toBe(0)
    expect(queue.closed).toBe(true)
  })

  it('[F37] twice, and at once, is one close', async () => {
    const queue = basicQueue()
    const run = queue.run('later', 5)
    await Promise.all([queue.close(), queue.close(), queue.close({ mode: 'drain' })])
    expect(await run).toBe(5)
    await queue.close()
  })

  it('[F38] discard rejects what waits, once, and lets the running job end', async () => {
    const queue = basicQueue()
    const gate = new Gate()
    const tally = new Tally()
    const held = queue.run('hold', gate.memory)
    await gate.arrivals(1)
    const waiting = Array.from({ length: 20 }, () => queue.run('count', tally.memory))
    const closed = queue.close({ mode: 'discard' })
    for (const result of await Promise.allSettled(waiting)) {
      expect(result).toMatchObject({ reason: { code: 'ERR_QUEUE_CLOSED', job: { name: 'count' } } })
    }
    gate.open()
    await held
    await closed
    expect(tally.value).toBe(0)
  })

  it('[F39] after the timeout whatever is left is rejected, and the threads are gone', async () => {
    const queue = basicQueue({ threads: 2 })
    const memory = new SharedArrayBuffer(8)
    const spinning = queue.run('spinForEver', memory)
    const hanging = queue.run('hangAsync', memory)
    await until(() => words(memory)[1] === 2)
    const results = Promise.allSettled([spinning, hanging, queue.run('echo', 1)])
    await queue.close({ timeout: 5 })
    for (const result of await results) {
      const { reason } = result as PromiseRejectedResult
      expect(reason).toBeInstanceOf(QueueClosedError)
    }
    expect(queue.stats().threads.alive).toBe(0)
  })

  it('[F37] a stricter close hastens a patient one', async () => {
    const queue = basicQueue()
    const memory = new SharedArrayBuffer(8)
    const stuck = expect(queue.run('spinForEver', memory)).rejects.toBeInstanceOf(QueueClosedError)
    const patient = queue.close()
    await queue.close({ timeout: 0 })
    await patient
    await stuck
  })

  it('[F42] is what disposal does', async () => {
    const queue = new WorkQueue<Basic>(basic, { threads: 1 })
    const run = queue.run('later', 3)
    await queue[Symbol.asyncDispose]()
    expect(await run).toBe(3)
    expect(queue.closed).toBe(true)
  })

  it('[F43] turns away the pushes and reservations that wait for a place', async () => {
    const queue = basicQueue({ capacity: 0 })
    const gate = new Gate()
    const held = queue.run('hold', gate.memory)
    const blocked = [queue.push('echo', 1), queue.run('echo', 2), queue.reserve()]
    const closed = queue.close()
    for (const result of await Promise.allSettled(blocked)) {
      expect((result as PromiseRejectedResult).reason).toBeInstanceOf(QueueClosedError)
    }
    gate.open()
    await held
    await closed
    expect(queue.stats()).toMatchObject({ blocked: 0, accepted: 1 })
  })

  it('[F43] turns away who waits for the threads to come up', async () => {
    const queue = basicQueue({ threads: 2 })
    const refused = expect(queue.ready()).rejects.toBeInstanceOf(QueueClosedError)
    await queue.close()
    await refused
  })

  it('a thread that is still starting does not keep close waiting for work it will never get', async () => {
    const queue = basicQueue()
    const refused = expect(queue.run('echo', 1)).rejects.toBeInstanceOf(QueueClosedError)
    await queue.close({ mode: 'discard' })
    await refused
  })

  it('[F44] a queue that nobody holds any more finishes its jobs and ends its threads', async () => {
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc') as () => void
    const tally = new Tally()
    let ended = 0
    const { subscribe } = await import('node:diagnostics_channel')
    subscribe('rearm:workqueue:thread', (message) => {
      if ((message as { event: string }).event === 'exit') ended++
    })
    await (async () => {
      const queue = new WorkQueue<Basic>(basic, { threads: 1 })
      await queue.run('count', tally.memory)
      await queue.push('count', tally.memory)
    })()
    await until(() => {
      gc()
      return ended === 1
    })
    expect(tally.value).toBe(2)
  })

  it('[F44] a queue that nobody holds turns nobody away who waits for a place', async () => {
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc') as () => void
    const gate = new Gate()
    const start = () => {
      const queue = new WorkQueue<Basic>(basic, { threads: 1, capacity: 1 })
      return [
        queue.run('hold', gate.memory),
        ...Array.from({ length: 20 }, () => queue.run('echo', 1)),
      ]
    }
    const runs = start()
    await gate.arrivals(1)
    const probe = new WeakRef({})
    await until(() => {
      gc()
      return probe.deref() === undefined
    })
    // Finalizers run in a turn of their own.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    gate.open()
    expect((await Promise.all(runs)).length).toBe(21)
  })

  it('[F44] a permit holds its queue, though nobody else does', async () => {
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc') as () => void
    const reserve = () => new WorkQueue<Basic>(basic, { threads: 1 }).reserve()
    const permit = await reserve()
    const probe = new WeakRef({})
    await until(() => {
      gc()
      return probe.deref() === undefined
    })
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(await permit.run('echo', 'still open')).toBe('still open')
  })

  it('closing again with a time limit after the end keeps no process waiting', async () => {
    const queue = basicQueue()
    await queue.run('echo', 1)
    await queue.close()
    const timers = () =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const before = timers()
    await queue.close({ timeout: 60_000 })
    expect(timers()).toBe(before)
  })
})

describe('the process', () => {
  it('[F40] exits by itself when nothing is pending, without a close', async () => {
    expect(await program('idle.mjs')).toMatchObject({ status: 0, stdout: '3\nidle\n', stderr: '' })
  })

  it('[F41] does not exit while a job is pending', async () => {
    expect(await program('pending.mjs')).toMatchObject({
      status: 0,
      stdout: 'done 300\n',
      stderr: '',
    })
  })

  it('[F41] does not exit while a reservation waits for its place', async () => {
    expect(await program('reserving.mjs')).toMatchObject({
      status: 0,
      stdout: 'reserved\n',
      stderr: '',
    })
  })

  it.each(['before', 'while', 'never'])(
    'close resolves though nothing can be printed: told %s',
    async (when) => {
      const full = openSync('/dev/full', 'w')
      const file = new URL('./programs/full-output.mjs', import.meta.url)
      const child = spawn(process.execPath, [fileURLToPath(file), when], {
        stdio: ['ignore', full, 'pipe'],
      })
      const { stderr } = child
      if (stderr === null) throw new Error('unreachable: it is a pipe')
      const [[status], said] = await Promise.all([once(child, 'exit'), text(stderr)])
      closeSync(full)
      expect({ status, said }).toEqual({ status: 0, said: 'closed\n' })
    },
  )

  it('[F45] what jobs print is out when close resolves', async () => {
    const { stdout, status } = await program('output.mjs')
    const lines = stdout.trimEnd().split('\n')
    expect(status).toBe(0)
    expect(lines.length).toBe(301)
    expect(lines.at(-1)).toBe('closed')
    expect(lines.filter((line) => line.startsWith('b '))).toEqual(
      Array.from({ length: 100 }, (_, i) => `b ${i}`),
    )
  })

  it('an idle queue uses no CPU, whether its thread parks or sits on its loop', async () => {
    const { status, stdout } = await program('idle-cpu.mjs')
    expect(status).toBe(0)
    for (const share of JSON.parse(stdout) as number[]) expect(share).toBeLessThan(0.02)
  })
})
