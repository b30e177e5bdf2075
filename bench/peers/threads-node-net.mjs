// The line protocol on node:net, in one thread.
import { createServer } from 'node:net'
import { parseArgs } from 'node:util'
import { converse } from './threads-conversation.mjs'

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } })

const server = createServer({ noDelay: true, allowHalfOpen: true }, converse)
server.listen({ port: Number(values.port), host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`)
})
