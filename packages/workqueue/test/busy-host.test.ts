import { expect, it } from 'vitest'
import { basicQueue, Gate, Tally } from './support/queues.js'
import { until } from './support/until.js'

/** A turn of the event loop in which every timer has fired that was due before. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 1))

/** Keeps this thread, and its event loop, until `condition` holds and timers of a millisecond are due. */
function busyUntil(condition: () => boolean): void {
  const start = performance.now()
  while (!condition() || performance.now() < start + 5) {
    if (performance.now() > start + 30_000) throw new Error(`never came true: ${condition}`)
  }
}

/** Is rung by its thread: `hasReturns` tells what this thread would learn on its loop only. */
async function rungQueue(options: Parameters<typeof basicQueue>[0] = {}) {
  const memory = new SharedArrayBuffer(4)
  const words = new Int32Array(memory)
  const wake = { module: new URL('./jobs/wake.mjs', import.meta.url), data: memory }
  const queue = basicQueue({ wake, ...options })
  await queue.ready()
  const rung = Atomics.load(words, 0)
  return { queue, hasReturns: () => Atomics.load(words, 0) > rung }
}

it('a thread is in time when it was ready before its busy host looked', async () => {
  const queue = basicQueue({ startTimeout: 1 })
  const tally = new Tally()
  const done = queue.run('count', tally.memory)
  await null
  busyUntil(() => tally.value === 1)
  expect(await done).toBe(1)
  await turn()
  expect(await queue.run('count', tally.memory)).toBe(2)
  expect(queue.stats().threadExits).toBe(0)
})

it('a ring that is heard while a timer takes results in is not lost', async () => {
  const queue = basicQueue({ threads: 2 })
  const [gate, tally] = [new Gate(), new Tally()]
  const held = queue.run('hold', gate.memory, { affinity: 0 })
  const surplus = queue.run('count', tally.memory, { affinity: 1 })
  const late = queue.run('echo', 1, { affinity: 0, deadline: 1 })
  queue.resize(1)
  for (let i = 0; i < 20; i++) await null
  // The deadline's timer takes in the last result of a thread that is let go then, and reads what it has said.
  busyUntil(() => tally.value === 1 && gate.arrived === 1)
  await expect(late).rejects.toMatchObject({ code: 'ERR_JOB_TIMEOUT' })
  expect(await surplus).toBe(1)
  gate.open()
  await held
})

it('a thread is in time when its host has heard of it by poll()', async () => {
  const wake = {
    module: new URL('./jobs/wake.mjs', import.meta.url),
    data: new SharedArrayBuffer(4),
  }
  const queue = basicQueue({ startTimeout: 1, wake })
  const done = queue.run('echo', 1)
  await null
  busyUntil(() => {
    queue.poll()
    const { completed, threads } = queue.stats()
    // The word that it is ready may have come after the first look for it, and the result before the look for that.
    return completed === 1 && threads.ready === 1
  })
  expect(await done).toBe(1)
  await turn()
  const gate = new Gate()
  const held = queue.run('hold', gate.memory)
  await gate.arrivals(1)
  gate.open()
  await until(() => queue.poll() > 0)
  await held
  expect(queue.stats().threadExits).toBe(0)
})

it.each(['timeout', 'deadline'])(
  'a job that is done has its result when its %s passes while the host is busy',
  async (limit) => {
    const { queue, hasReturns } = await rungQueue()
    const done = queue.run('echo', 'in time', { [limit]: 1 })
    await null
    busyUntil(hasReturns)
    expect(await done).toBe('in time')
  },
)

it('a job’s timeout counts from its start, also when it is 0', async () => {
  const queue = basicQueue({ concurrency: 2 })
  const gate = new Gate()
  const held = queue.run('hold', gate.memory)
  await gate.arrivals(1)
  const memory = new SharedArrayBuffer(8)
  const late = queue.run('waitForSignal', memory, { timeout: 0 }).catch((error: unknown) => error)
  await turn()
  await turn()
  gate.open()
  expect(await late).toMatchObject({ code: 'ERR_JOB_TIMEOUT', phase: 'run' })
  await held
})

it('a reservation has the place that became free before its time was up', async () => {
  const { queue, hasReturns } = await rungQueue({ capacity: 0 })
  const done = queue.run('echo', 1)
  const permit = queue.reserve({ timeout: 1 })
  await null
  busyUntil(hasReturns)
  ;(await permit).release()
  expect(await done).toBe(1)
})

it('a thread is not ended for an aborted job that had ended within its grace', async () => {
  const queue = basicQueue({ concurrency: 2, abortGrace: 1 })
  await queue.ready()
  const stop = new AbortController()
  const memory = new SharedArrayBuffer(8)
  const aborted = queue.run('spinUntilAborted', memory, { signal: stop.signal }).catch(() => {})
  const gate = new Gate()
  const bystander = queue.run('hold', gate.memory)
  await until(() => new Int32Array(memory)[1] === 1)
  stop.abort()
  busyUntil(() => gate.arrived === 1)
  await turn()
  gate.open()
  await bystander
  await aborted
  expect(queue.stats()).toMatchObject({ lost: 0, threadExits: 0 })
})

it('waiting jobs whose deadlines passed while the host was busy do not begin', async () => {
  const queue = basicQueue()
  const [gate, tally] = [new Gate(), new Tally()]
  const held = queue.run('hold', gate.memory)
  await gate.arrivals(1)
  const late = Array.from({ length: 300 }, () =>
    queue.run('count', tally.memory, { deadline: 5 }).catch((error: Error) => error),
  )
  await Promise.resolve()
  gate.open()
  // What the thread has in hand it begins without its host.
  let seen = -1
  busyUntil(() => {
    const before = seen
    seen = tally.value
    return seen === before
  })
  const begun = tally.value
  await Promise.all([held, ...late])
  expect(tally.value).toBe(begun)
})

it('a job that is done is not refused by a close that gives up', async () => {
  const { queue, hasReturns } = await rungQueue()
  const done = queue.run('echo', 'in time')
  await null
  const closed = queue.close({ timeout: 1 })
  busyUntil(hasReturns)
  expect(await done).toBe('in time')
  await closed
})
