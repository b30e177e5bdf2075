import { AsyncLocalStorage } from 'node:async_hooks'
import { execFile, execFileSync } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { type Jobs, WorkQueue, type WorkQueueOptions } from '@rearm/workqueue'
import { build } from 'esbuild'
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest'
import type contextJobs from './jobs/context.mjs'
import type typedJobs from './jobs/typed.js'
import { type Basic, basicQueue } from './support/queues.js'
import { until } from './support/until.js'

const module = (name: string) => new URL(`./jobs/${name}`, import.meta.url)
const packageRoot = fileURLToPath(new URL('..', import.meta.url))

function open<J extends Jobs>(url: string | URL, options: WorkQueueOptions = {}): WorkQueue<J> {
  const queue = new WorkQueue<J>(url, { threads: 1, ...options })
  onTestFinished(() => queue.close({ mode: 'discard', timeout: 0 }))
  return queue
}

/** A folder inside the package, so that its own name resolves there. */
function scratch(): string {
  const folder = mkdtempSync(join(packageRoot, 'test', '.scratch-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

interface Doubler {
  readonly [name: string]: (input: never) => unknown
  readonly double: (n: number) => number
  readonly kind: () => string
}

describe('[H48] job modules', () => {
  it('as ES modules by URL, by path, and through a query', async () => {
    expect(await open<Basic>(module('basic.mjs')).run('add', { a: 1, b: 2 })).toBe(3)
    expect(await open<Basic>(fileURLToPath(module('basic.mjs'))).run('add', { a: 1, b: 2 })).toBe(3)
    const odd = new URL(module('basic.mjs'))
    odd.search = '?v=1'
    expect(await open<Basic>(odd).run('add', { a: 1, b: 2 })).toBe(3)
    expect(() => open('./relative.js')).toThrow(TypeError)
  })

  it('as CommonJS', async () => {
    const queue = open<Doubler>(module('job.cjs'))
    expect(await queue.run('double', 21)).toBe(42)
    expect(await queue.run('kind')).toBe('function')
  })

  it('as TypeScript, where Node strips types by itself', async () => {
    const queue = open<typeof typedJobs>(module('typed.ts'))
    const area = queue.run('area', { width: 2, height: 3 })
    if ('typescript' in process.features && process.features.typescript !== false) {
      expect(await area).toBe(6)
      expect(await queue.run('name')).toBe('name')
    } else {
      await expect(area).rejects.toMatchObject({ code: 'ERR_JOB_MODULE' })
    }
  })

  it('as TypeScript compiled by esbuild, and bundled with this package inside', async () => {
    const folder = scratch()
    for (const bundle of [false, true]) {
      for (const format of ['esm', 'cjs'] as const) {
        const outfile = join(folder, `${bundle}-${format}.${format === 'esm' ? 'mjs' : 'cjs'}`)
        await build({
          entryPoints: [fileURLToPath(module('typed.ts'))],
          outfile,
          bundle,
          format,
          platform: 'node',
          target: 'node20',
          logLevel: 'silent',
          ...(format === 'cjs'
            ? {
                define: { 'import.meta.url': '__url' },
                banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href" },
              }
            : {}),
        })
        const queue = open<typeof typedJobs>(pathToFileURL(outfile))
        expect(await queue.run('area', { width: 2, height: 3 })).toBe(6)
      }
    }
  })

  it('host and jobs bundled each into a file of its own, run without this package at hand', async () => {
    const folder = scratch()
    const host = join(folder, 'host.ts')
    writeFileSync(
      host,
      `import { WorkQueue } from '@rearm/workqueue'
       const queue = new WorkQueue(new URL('./jobs.mjs', import.meta.url), { threads: 1 })
       console.log(await queue.run('area', { width: 4, height: 5 }))`,
    )
    const common = { bundle: true, format: 'esm', platform: 'node', target: 'node20' } as const
    await build({ ...common, entryPoints: [host], outfile: join(folder, 'host.mjs') })
    await build({
      ...common,
      entryPoints: [fileURLToPath(module('typed.ts'))],
      outfile: join(folder, 'jobs.mjs'),
    })
    expect(execFileSync(process.execPath, [join(folder, 'host.mjs')], { encoding: 'utf8' })).toBe(
      '20\n',
    )
  })

  it('from a data: URL', async () => {
    const entry = JSON.stringify(import.meta.resolve('@rearm/workqueue'))
    const text = `import { defineJobs } from ${entry}; export default defineJobs({ double: (n) => 2 * n })`
    const queue = open<Doubler>(new URL(`data:text/javascript,${encodeURIComponent(text)}`))
    expect(await queue.run('double', 4)).toBe(8)
  })

  it('names, inputs and results are typed from the module', () => {
    const queue = open<typeof typedJobs>(module('typed.ts'))
    expectTypeOf(queue.run<'area'>).returns.resolves.toBeNumber()
    expectTypeOf(queue.run<'name'>).returns.resolves.toBeString()
    expectTypeOf(queue.run<'area'>)
      .parameter(1)
      .toEqualTypeOf<{ readonly width: number; readonly height: number }>()
    // @ts-expect-error there is no such job
    void (() => queue.run('volume', { width: 1, height: 1 }))
    // @ts-expect-error the input has another type
    void (() => queue.run('area', { width: '1', height: 1 }))
    // @ts-expect-error the input is missing
    void (() => queue.tryPush('area'))
  })
})

describe('[H49] other realms', () => {
  it('runs under vitest: this is it', async () => {
    expect(Object.hasOwn(process.env, 'VITEST')).toBe(true)
    expect(await basicQueue().run('echo', { a: [1] })).toEqual({ a: [1] })
  })

  it('runs under jest', async () => {
    const jest = fileURLToPath(import.meta.resolve('jest/bin/jest'))
    const args = [
      '--rootDir',
      join(packageRoot, 'test/jest'),
      '--testMatch',
      '**/*.spec.mjs',
      '--ci',
      // Its own limit of five seconds is too short where starting a thread takes three.
      '--testTimeout=50000',
    ]
    const run = promisify(execFile)
    const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env
    const { stderr } = await run(process.execPath, ['--experimental-vm-modules', jest, ...args], {
      env,
    })
    expect(stderr).toMatch(/Tests: +1 passed, 1 total/)
  })

  it('values of another realm, as under jest, mean the same', async () => {
    const { runInNewContext } = await import('node:vm')
    const foreign = runInNewContext(
      `({ list: [1, { deep: 'x' }], when: new Date(5), bytes: new Uint8Array([1, 2]), map: new Map([[1, 2]]) })`,
    )
    const back = await basicQueue().run('echo', foreign)
    expect(JSON.stringify(back)).toBe(JSON.stringify(foreign))
    const URLElsewhere = class {
      href = module('basic.mjs').href
    }
    const queue = open<Basic>(new URLElsewhere() as URL)
    expect(await queue.run('add', { a: 1, b: 1 })).toBe(2)
  })
})

it('[H50] a queue works inside a worker of a queue', async () => {
  interface Nested {
    readonly [name: string]: (input: never) => unknown
    readonly sum: (n: number) => Promise<number>
  }
  expect(await open<Nested>(module('nested.mjs')).run('sum', 10)).toBe(55)
})

it('[H51] does without what this Node may lack', async () => {
  const folder = scratch()
  const program = join(folder, 'bare.mjs')
  writeFileSync(
    program,
    `delete Atomics.pause; delete Atomics.waitAsync; delete Promise.withResolvers
     const { WorkQueue } = await import('@rearm/workqueue')
     const queue = new WorkQueue(new URL('../jobs/basic.mjs', import.meta.url), { threads: 1 })
     console.log(await queue.run('add', { a: 1, b: 2 }))
     await queue.close()`,
  )
  expect(execFileSync(process.execPath, [program], { encoding: 'utf8' })).toBe('3\n')
})

describe('threads', () => {
  it('init runs once in each, its state reaches every job, and dispose runs at the end', async () => {
    const folder = scratch()
    const program = join(folder, 'dispose.mjs')
    writeFileSync(
      program,
      `import { WorkQueue } from '@rearm/workqueue'
       const queue = new WorkQueue(new URL('../jobs/context.mjs', import.meta.url), { threads: 1, workerData: 'you' })
       console.log(await queue.run('greet'))
       await queue.close()`,
    )
    expect(execFileSync(process.execPath, [program], { encoding: 'utf8' })).toBe(
      'hello you\nbye from hello you\n',
    )
    const queue = open<typeof contextJobs>(module('context.mjs'), { workerData: 'me' })
    expect(await queue.run('greet')).toBe('hello me')
    expect(await queue.run('others')).toBe(true)
  })

  it('the context option travels with each job and is known deep inside it', async () => {
    const storage = new AsyncLocalStorage<{ request: number }>()
    const queue = basicQueue({ context: () => storage.getStore() })
    const results = await Promise.all(
      [1, 2, 3].map((request) => storage.run({ request }, () => queue.run('context'))),
    )
    expect(results).toEqual([1, 2, 3].map((request) => [{ request }, { request }]))
    expect(await queue.run('context')).toEqual([undefined, undefined])
  })

  it('the caller’s own AsyncLocalStorage is there after the await', async () => {
    const storage = new AsyncLocalStorage<number>()
    const queue = basicQueue()
    const seen = await Promise.all(
      [1, 2, 3].map((n) =>
        storage.run(n, async () => {
          await queue.run('echo', n)
          return storage.getStore()
        }),
      ),
    )
    expect(seen).toEqual([1, 2, 3])
  })

  it('a host that blocks elsewhere is rung through its own wake, and polls', async () => {
    const memory = new SharedArrayBuffer(4)
    const rings = new Int32Array(memory)
    const queue = basicQueue({ wake: { module: module('wake.mjs'), data: memory } })
    await queue.ready()
    const results: unknown[] = []
    for (let i = 0; i < 20; i++) {
      const before = Atomics.load(rings, 0)
      void queue.run('echo', i).then((value) => results.push(value))
      await Promise.resolve()
      // The host's thread sleeps here: nothing but the wake can end it, be it what is left of the last one.
      while (Atomics.load(rings, 0) === before) {
        expect(Atomics.wait(rings, 0, before, 30_000)).not.toBe('timed-out')
      }
      expect(queue.poll()).toBe(1)
      await Promise.resolve()
    }
    expect(results).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })

  it.each(['settle', 'promise'])('a subscriber of the channel %s may poll', async (name) => {
    const memory = new SharedArrayBuffer(4)
    const queue = basicQueue({ threads: 1, wake: { module: module('wake.mjs'), data: memory } })
    let polls = 0
    const poll = () => {
      polls++
      queue.poll()
    }
    subscribe(`rearm:workqueue:${name}`, poll)
    onTestFinished(() => void unsubscribe(`rearm:workqueue:${name}`, poll))
    await queue.ready()
    const results = Promise.all([1, 2, 3].map((value) => queue.run('echo', value)))
    await until(() => queue.poll() === 0 && queue.stats().completed === 3)
    expect(await results).toEqual([1, 2, 3])
    expect(polls).toBeGreaterThan(2)
  })

  it('a wake that throws loses and mixes up no results, and is told of', async () => {
    const errors: unknown[] = []
    const wake = { module: module('wake-fails.mjs'), data: 1 }
    const queue = basicQueue({ wake, onError: (error) => errors.push(error) })
    await queue.ready()
    const results = Array.from({ length: 100 }, async (_, i) => {
      for (let round = 0; round < 10; round++) expect(await queue.run('echo', i)).toBe(i)
    })
    // No poll: what is not rung for comes by the control port, which this host's loop hears.
    await Promise.all(results)
    expect(errors).toMatchObject([{ message: 'no ring' }])
    await queue.close()
  })

  it('diagnostics channels tell of pushes, ends and threads', async () => {
    const seen: string[] = []
    const note = (message: unknown, name: string | symbol) => {
      const { name: job, event, outcome } = message as Record<string, string>
      seen.push([String(name).split(':').pop(), job ?? event, outcome].filter(Boolean).join(' '))
    }
    const names = ['push', 'settle', 'thread'].map((name) => `rearm:workqueue:${name}`)
    for (const name of names) subscribe(name, note)
    const queue = basicQueue()
    await queue.run('echo', 1)
    await queue.run('raise', 1).catch(() => {})
    await queue.close()
    for (const name of names) unsubscribe(name, note)
    expect(seen).toEqual([
      'push echo',
      'thread start',
      'thread ready',
      'settle echo completed',
      'push raise',
      'settle raise failed',
      'thread exit',
    ])
  })

  it('stats know for how long jobs ran, and waited', async () => {
    const queue = basicQueue()
    await queue.ready()
    await Promise.all([queue.run('later', 20), queue.run('echo', 1)])
    const { wait, run } = queue.stats()
    // A timer may be early by less than a millisecond.
    expect(run.max).toBeGreaterThan(18)
    expect(run.mean).toBeGreaterThan(9)
    expect(run.p999).toBeGreaterThan(18)
    // The second one waited while the first one ran.
    expect(wait.max).toBeGreaterThan(18)
    expect(wait.mean).toBeGreaterThan(9)
    expect(wait.max).toBeLessThan(60_000)
  })

  it('stats count what happened', async () => {
    const queue = basicQueue({ capacity: 5 })
    await Promise.all([1, 2, 3].map((n) => queue.run('echo', n)))
    await queue.run('raise', 1).catch(() => {})
    const stats = queue.stats()
    expect(stats).toMatchObject({
      accepted: 4,
      completed: 3,
      failed: 1,
      waiting: 0,
      running: 0,
      capacity: 5,
    })
    expect(stats.wait.count).toBe(4)
    expect(stats.run.count).toBe(4)
    expect(stats.wait.p50).toBeLessThanOrEqual(stats.wait.p99)
    expect(stats.wait.p99).toBeLessThanOrEqual(stats.wait.max)
    await until(() => queue.stats().threads.ready === 1)
  })
})
