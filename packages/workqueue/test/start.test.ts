import { MessageChannel, Worker } from 'node:worker_threads'
import { expect, it, onTestFinished, vi } from 'vitest'
import { Breaker } from '../src/queue/breaker.js'
import { BOOT_KEY, PROTOCOL } from '../src/worker/boot.js'
import { basic, Gate, queueOf } from './support/queues.js'

const clock = vi.hoisted(() => ({ ms: 0 }))
// Of the sources alone, which is where the breaker here comes from.
vi.mock('../src/clock.js', () => ({ now: () => clock.ms }))

it('[E31] a thread whose init does not end in its startTimeout is ended, and the jobs are told', async () => {
  const queue = queueOf('never-ready.mjs', { threads: 1, startTimeout: 20, crashBudget: 1 })
  // The deadline is the watchdog.
  await expect(queue.run('echo', 1, { deadline: 20_000 })).rejects.toMatchObject({
    code: 'ERR_JOB_MODULE',
    failure: 'the job module was not ready after 20 ms',
  })
  expect(queue.stats().threadExits).toBe(1)
})

it('[E31] an init that fails in the caller is told apart from a module that does not load', async () => {
  const queue = queueOf('caller-init-fails.mjs', { threads: 1, capacity: 0, onFull: 'callerRuns' })
  const gate = new Gate()
  const held = queue.run('hold', gate.memory)
  await gate.arrivals(1)
  await expect(queue.run('echo', 1)).rejects.toMatchObject({
    code: 'ERR_JOB_MODULE',
    failure: 'init() of the job module failed',
    cause: { name: 'RangeError', message: 'not here' },
  })
  gate.open()
  await held
})

it('[E31] a used-up crash budget refuses jobs for a second', () => {
  const breaker = new Breaker(2)
  expect(breaker.ended({}, false, false)).toBe(false)
  expect([breaker.isOpen, breaker.pauseLeft]).toEqual([false, 10])
  clock.ms += 10
  expect(breaker.ended({}, false, false)).toBe(true)
  expect([breaker.isOpen, breaker.pauseLeft]).toEqual([true, 1000])
  clock.ms += 999
  expect([breaker.isOpen, breaker.pauseLeft]).toEqual([true, 1])
  clock.ms += 1
  expect([breaker.isOpen, breaker.pauseLeft, breaker.isWary]).toEqual([false, 0, true])
  expect(breaker.ended({}, false, false)).toBe(true)
  expect(breaker.isOpen).toBe(true)
  const thread = {}
  breaker.cameUp(thread)
  breaker.worked(thread)
  expect([breaker.isOpen, breaker.isWary]).toEqual([false, false])
})

it('a thread with another release of this package inside says so, and loads nothing', async () => {
  const { port1, port2 } = new MessageChannel()
  const said = new Promise((resolve) => port1.once('message', resolve))
  const boot = { protocol: PROTOCOL + 1, module: basic.href, index: 0, port: port2 }
  const worker = new Worker(basic, { workerData: { [BOOT_KEY]: boot }, transferList: [port2] })
  onTestFinished(() => void worker.terminate())
  expect(await said).toMatchObject({
    type: 'failed',
    failure: 'another release of @rearm/workqueue is bundled in the job module',
  })
  port1.close()
})
