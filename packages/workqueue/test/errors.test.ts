import { UnserializableError, WorkQueue } from '@rearm/workqueue'
import { describe, expect, it, onTestFinished } from 'vitest'
import type errorJobs from './jobs/errors.mjs'
import { program } from './support/program.js'
import { basicQueue } from './support/queues.js'
import { until } from './support/until.js'

type Name = keyof typeof errorJobs & string

function raise(name: Name): Promise<unknown> {
  const queue = new WorkQueue<typeof errorJobs>(new URL('./jobs/errors.mjs', import.meta.url), {
    threads: 1,
  })
  onTestFinished(() => queue.close({ mode: 'discard', timeout: 0 }))
  return queue.run(name).then(
    () => expect.unreachable(),
    (error: unknown) => error,
  )
}

describe("a job's error", () => {
  it.each([
    ['raiseSubclass', 'MyType', TypeError],
    ['raiseDeepSubclass', 'MyDeepType', TypeError],
    ['raiseNamed', 'GivenName', RangeError],
    ['raiseRenamed', 'TypeError', TypeError],
    ['raiseAbort', 'AbortError', Error],
  ] as const)(
    'has the name of its class, and is of the built-in one below (%s)',
    async (job, name, base) => {
      const error = await raise(job)
      expect(error).toMatchObject({ name })
      expect(error).toBeInstanceOf(base)
    },
  )

  it('keeps a property called `errors` that is its own', async () => {
    const error = await raise('raiseInvalid')
    expect(error).not.toBeInstanceOf(AggregateError)
    expect(error).toMatchObject({
      name: 'Invalid',
      errors: [{ path: 'a', message: 'is missing' }],
    })
  })

  it('keeps the errors that an AggregateError consists of', async () => {
    const error = await raise('raiseSeveral')
    expect(error).toBeInstanceOf(AggregateError)
    const { name, errors } = error as AggregateError
    expect(name).toBe('Several')
    expect(errors).toEqual([expect.any(TypeError), 'two'])
    expect(errors[0]).toMatchObject({ name: 'MyType', message: 'one' })
  })

  it('keeps the errors that are its properties as it keeps its causes', async () => {
    const error = (await raise('raiseWithInner')) as Error & { inner: Error; self: Error }
    expect(error.self).toBe(error)
    expect(error.inner).toBeInstanceOf(RangeError)
    expect(error.inner).toMatchObject({ name: 'GivenName', detail: { rows: [1] } })
    expect(error.inner.cause).toBeInstanceOf(TypeError)
    expect(error.inner.cause).toMatchObject({ name: 'MyDeepType', message: 'deep' })
    expect(Object.keys(error).sort()).toEqual(['inner', 'self'])
  })

  it('keeps its first eight causes', async () => {
    let error = (await raise('raiseChain')) as Error | undefined
    for (let i = 0; i <= 8; i++) {
      expect(error).toMatchObject({ name: 'RangeError', message: `cause ${i}` })
      error = error?.cause as Error | undefined
    }
    expect(error).toBeUndefined()
  })

  it.each([
    [
      'raiseTrap',
      expect.objectContaining({ message: expect.stringMatching('cannot be described') }),
    ],
    [
      'raiseUndescribable',
      expect.objectContaining({
        message: 'described',
        code: 'E_ODD',
        odd: 'something that cannot be described',
      }),
    ],
    ['raiseBare', 'something that cannot be described'],
  ] as const)('that is hostile to who describes it ends no thread (%s)', async (job, expected) => {
    expect(await raise(job)).toEqual(expected)
  })

  it('may be contained in itself', async () => {
    const error = (await raise('raiseInItself')) as AggregateError
    expect(error.errors.length).toBe(20)
    expect(error.errors.every((one) => one === error)).toBe(true)
    expect((error.cause as Error).cause).toBe(error)
  })

  it('has the frames of who awaited it right after its own, and none of this package', async () => {
    // Not in here: a test's stacks speak of the sources, which a program does not see.
    const { stdout, stderr } = await program('awaiting.mjs')
    expect(stderr).toBe('')
    const [own, awaiting = ''] = stdout.split('    at --- the job was awaited by ---\n')
    expect(own).toMatch(/raiseDomain.*basic\.mjs/)
    expect(awaiting.split('\n')[0]).toMatch(/at async caller .*awaiting\.mjs/)
    expect(awaiting).not.toMatch(/workqueue.(dist|src)/)
  })

  it('says nothing of who awaited it where nobody did', async () => {
    const errors: unknown[] = []
    const queue = basicQueue({ onError: (error) => errors.push(error) })
    await queue.push('raiseDomain')
    await until(() => errors.length === 1)
    const { stack } = errors[0] as Error
    expect(stack).toMatch(/raiseDomain.*basic\.mjs/)
    expect(stack).not.toContain('awaited by')
  })
})

describe('an UnserializableError of a queue with a context', () => {
  it('names the part of the input or of the context', async () => {
    let context: unknown = { trace: 1 }
    const queue = basicQueue({ context: () => context })
    const input = queue.run('echo', { rows: [() => 1] } as unknown)
    await expect(input).rejects.toBeInstanceOf(UnserializableError)
    await expect(input).rejects.toMatchObject({ path: 'input.rows[0]' })
    context = { trace: { end: () => 1 } }
    await expect(queue.run('echo', 1)).rejects.toMatchObject({ path: 'context.trace.end' })
  })
})
