import { WorkQueue } from '@rearm/workqueue'

const shares = []
for (const idle of ['auto', 'park', 'loop']) {
  const queue = new WorkQueue(new URL('../jobs/basic.mjs', import.meta.url), { threads: 2, idle })
  await queue.ready()
  await Promise.all([queue.run('echo', 1), queue.run('echo', 2)])
  // What a start leaves to do (collecting, compiling) comes to an end, later on a busy machine; spinning never does.
  let share = 1
  while (share >= 0.02) {
    const before = process.cpuUsage()
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const { user, system } = process.cpuUsage(before)
    share = (user + system) / 1e6
  }
  shares.push(share)
  await queue.close()
}
console.log(JSON.stringify(shares))
