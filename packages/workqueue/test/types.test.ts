import { type JobInput, type JobResult, WorkQueue } from '@rearm/workqueue'
import { expect, expectTypeOf, it } from 'vitest'
import type inputs from './jobs/typed-inputs.js'
import type * as setups from './jobs/typed-setup.js'
import { basicQueue } from './support/queues.js'

type Inputs = typeof inputs

// What is not to compile, and what is, the compiler says (`npm run typecheck`).
it('an input may be left out where the job can do without, and only there', () => {
  const calls = (queue: WorkQueue<Inputs>) => {
    queue.run('none')
    queue.run('optional')
    queue.run('optional', 1, { timeout: 1 })
    queue.run('defaulted')
    queue.run('defaulted', 1)
    queue.push('optionalWithContext')
    queue.tryPush('optionalWithContext', 1)
    queue.tryPush('contextOnly', undefined, { priority: 1 })
    queue.run('anything', { of: 'any type' })
    expectTypeOf(queue.run('moved', new ArrayBuffer(1))).resolves.toBeNumber()
    queue.pushMany('optional', [1, undefined])
    // @ts-expect-error the input is missing
    queue.run('required')
    // @ts-expect-error the input has another type
    queue.run('optional', 'text')
    // @ts-expect-error the job takes nothing
    queue.run('none', 1)
  }
  expect(calls).toBeTypeOf('function')
  expectTypeOf<JobInput<Inputs, 'none'>>().toEqualTypeOf<undefined>()
  expectTypeOf<JobInput<Inputs, 'optional'>>().toEqualTypeOf<number | undefined>()
  expectTypeOf<JobInput<Inputs, 'defaulted'>>().toEqualTypeOf<number | undefined>()
  expectTypeOf<JobInput<Inputs, 'again'>>().toEqualTypeOf<number>()
})

it('a name that is one of several takes what every one of them takes', () => {
  expectTypeOf<JobInput<Inputs, 'required' | 'optional'>>().toEqualTypeOf<number>()
  expectTypeOf<JobInput<Inputs, 'required' | 'text'>>().toEqualTypeOf<never>()
})

it('a queue without a type argument takes any name and any input, and tells nothing of a result', () => {
  const calls = (url: URL) => {
    const queue: WorkQueue = new WorkQueue(url)
    expectTypeOf(queue.run('anything', { of: 'any type' })).resolves.toBeUnknown()
    expectTypeOf(new WorkQueue(url).run('nothing')).resolves.toBeUnknown()
    queue.push('anything', 1, { timeout: 1 })
    queue.tryPush('anything', 'text')
    queue.pushMany('anything', [1, 'text'])
    queue.tryReserve()?.push('anything', 1)
    // @ts-expect-error an option of that name there is not
    queue.run('anything', 1, { timeOut: 1 })
  }
  expect(calls).toBeTypeOf('function')
  expectTypeOf<JobInput<Record<string, (n: number) => void>, string>>().toEqualTypeOf<number>()
})

it('a job that does not compile is the only error: calls of the jobs beside it are none', () => {
  type Broken = ReturnType<typeof setups.wrongAmongOthers>
  const calls = (queue: WorkQueue<Broken>) => [queue.run('add', 1), queue.run('silent')]
  expect(calls).toBeTypeOf('function')
})

it('jobs may say what state they want, whether `init` takes a parameter or not', () => {
  type Named = typeof setups.withParameter
  expectTypeOf<JobInput<Named, 'greet'>>().toEqualTypeOf<string>()
  expectTypeOf<JobResult<Named, 'greet'>>().toEqualTypeOf<string>()
  type Mixed = typeof setups.asMethod
  expectTypeOf<JobInput<Mixed, 'greet'>>().toEqualTypeOf<undefined>()
  expectTypeOf<JobInput<Mixed, 'again'>>().toEqualTypeOf<number>()
  expectTypeOf<JobResult<Mixed, 'again' | 'silent'>>().toEqualTypeOf<number>()
  expectTypeOf<keyof Mixed>().toEqualTypeOf<'greet' | 'again' | 'silent' | 'pure'>()
  expectTypeOf<JobResult<typeof setups.withoutParameter, 'silent'>>().toEqualTypeOf<number>()
  expectTypeOf<JobResult<typeof setups.onlyDispose, 'name'>>().toEqualTypeOf<string>()
})

it('a permit takes the same arguments as the queue', async () => {
  const queue = basicQueue({ capacity: 1 })
  const first = await queue.reserve()
  expect(await first.run('thread')).toBeTypeOf('number')
  const second = await queue.reserve()
  second.push('thread', undefined, { timeout: 1000 })
  const third = await queue.reserve()
  expect(await third.run('add', { a: 1, b: 2 }, { priority: 1 })).toBe(3)
  // @ts-expect-error the input is missing
  void (() => third.run('add'))
})
