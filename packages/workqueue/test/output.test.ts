import { expect, it } from 'vitest'
import { program } from './support/program.js'
import { basicQueue } from './support/queues.js'

it.each(['stdout', 'stderr'])('worker.%s is refused: nobody could read it', (stream) => {
  const worker: object = { [stream]: true }
  expect(() => basicQueue({ worker })).toThrow(new RegExp(`^worker.${stream} cannot be kept apart`))
})

it('close resolves though a thread has printed much that nobody reads', async () => {
  expect(await program('unread-output.mjs')).toEqual({ status: 0, stdout: '', stderr: 'closed\n' })
})
