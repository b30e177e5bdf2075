// The line protocol on node:net under node:cluster: `--processes N` processes share one port.
import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { parseArgs } from 'node:util'
import { converse } from './threads-conversation.mjs'

const { values } = parseArgs({ options: { processes: { type: 'string', default: '2' } } })

if (cluster.isPrimary) {
  const workers = Array.from({ length: Number(values.processes) }, () => cluster.fork())
  const addresses = await Promise.all(
    workers.map(async (worker) => (await once(worker, 'listening'))[0]),
  )
  process.once('SIGTERM', () => cluster.disconnect(() => process.exit(0)))
  console.log(`listening on 127.0.0.1:${addresses[0].port}`)
} else {
  // The process goes when its parent says so, whoever is connected.
  process.once('disconnect', () => process.exit(0))
  createServer({ noDelay: true, allowHalfOpen: true }, converse).listen({
    port: 0,
    host: '127.0.0.1',
    backlog: 4096,
  })
}
