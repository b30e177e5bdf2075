import { WorkQueue } from '@rearm/workqueue'

const shares = []
for (const idle of ['park', 'loop']) {
  const queue = new WorkQueue(new URL('../jobs/basic.mjs', import.meta.url), { threads: 2, idle })
  await queue.ready()
  await Promise.all([queue.run('echo', 1), queue.run('echo', 2)])
  // Whatever follows upon the last job has its time to end before the measure begins.
  await new Promise((resolve) => setTimeout(resolve, 300))
  const before = process.cpuUsage()
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const { user, system } = process.cpuUsage(before)
  shares.push((user + system) / 1e6)
  await queue.close()
}
console.log(JSON.stringify(shares))
