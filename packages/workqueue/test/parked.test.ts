import type { Worker } from 'node:worker_threads'
import { expect, it, onTestFinished, vi } from 'vitest'
import { CONTROL, LaneMemory, SLEEP } from '../src/lane/layout.js'
import { Engine } from '../src/queue/engine.js'
import { basic, Tally } from './support/queues.js'
import { until } from './support/until.js'

it('[B15] terminate() of a thread that is parked loses nothing that is on its way to it', async () => {
  const allocate = vi.spyOn(LaneMemory, 'allocate')
  const workers: Worker[] = []
  const note = (worker: Worker) => void workers.push(worker)
  process.on('worker', note)
  const engine = new Engine(basic, { threads: 1, idle: 'park' })
  onTestFinished(() => {
    process.off('worker', note)
    allocate.mockRestore()
    return engine.close({ mode: 'discard', timeout: 0 })
  })
  expect(await engine.run('echo', 'first', undefined)).toBe('first')
  const control = new Int32Array(allocate.mock.results[0]?.value as SharedArrayBuffer)
  await until(() => Atomics.load(control, CONTROL.sleep) === SLEEP.parked)
  void workers[0]?.terminate()
  const tally = new Tally()
  const runs = Array.from({ length: 200 }, () => engine.run('count', tally.memory, undefined))
  const counts = (await Promise.all(runs)) as number[]
  expect(counts.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
  expect(engine.stats()).toMatchObject({ threadExits: 1, lost: 0 })
})
