// Run by jest, not by vitest: see environment.test.ts.
import { WorkQueue } from '@rearm/workqueue'

test('a queue works inside jest’s own realm', async () => {
  const url = new URL('../jobs/basic.mjs', import.meta.url)
  const queue = new WorkQueue(url, { threads: 1 })
  const value = { list: [1, new Date(3)], bytes: new Uint8Array([1, 2]), map: new Map([[1, 2]]) }
  expect(await queue.run('echo', value)).toEqual(value)
  await expect(queue.run('raiseDomain')).rejects.toThrow('out of domain')
  await expect(queue.run('exit', 3)).rejects.toMatchObject({ code: 'ERR_WORKER_EXIT', exitCode: 3 })
  await queue.close()
})
