import { WorkQueue } from '@rearm/workqueue'
import { describe, it, onTestFinished } from 'vitest'
import type leftBehind from './jobs/left-behind.mjs'
import { until } from './support/until.js'

describe('work that a job has left behind goes on in an idle thread:', () => {
  it.each(['compress', 'random', 'derive', 'compile', 'timer', 'chain'] as const)(
    '%s',
    async (name) => {
      const url = new URL('./jobs/left-behind.mjs', import.meta.url)
      const queue = new WorkQueue<typeof leftBehind>(url, { threads: 1 })
      onTestFinished(() => queue.close({ mode: 'discard', timeout: 0 }))
      await queue.ready()
      const memory = new SharedArrayBuffer(4)
      await queue.run(name, memory)
      await until(() => Atomics.load(new Int32Array(memory), 0) === 1)
    },
  )
})
