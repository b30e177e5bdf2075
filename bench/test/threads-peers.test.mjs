// What the threads suite compares with must speak the same protocol, or the comparison is about nothing.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { HashPairs } from '../lib/hash-pairs.mjs'
import { processTree } from '../lib/process-tree.mjs'
import { startServer } from '../lib/server.mjs'
import { measureWith } from './load-with.mjs'

const peer = (file) => fileURLToPath(new URL(`../peers/${file}`, import.meta.url))
const peers = [
  { name: 'node:net', command: [process.execPath, peer('threads-node-net.mjs')], processes: 1 },
  {
    name: 'node:cluster',
    command: [process.execPath, peer('threads-cluster.mjs'), '--processes', '2'],
    processes: 3,
  },
]

for (const { name, command, processes } of peers) {
  test(`${name}: every ECHO is answered right, however deep the pipeline`, async () => {
    const { status, stderr } = await measureWith(
      command,
      ...['--ask', 'ECHO ', '--expect', 'OK ', '--depth', '50', '--size', '3000'],
    )
    assert.equal(stderr, '')
    assert.equal(status, 0)
  })

  test(`${name}: every HASH is what node:crypto says`, async () => {
    const pairs = new HashPairs(100, 8)
    const { status, stderr } = await measureWith(command, '--pairs', pairs.path, '--depth', '2')
    assert.equal(stderr, '')
    assert.equal(status, 0)
  })

  test(`${name}: answers to the last line, then ends the stream`, async () => {
    const server = await startServer(command)
    try {
      const socket = createConnection(server.port, '127.0.0.1')
      await once(socket, 'connect')
      socket.end('ECHO a\nHASH 20000 b\nSLEEP 1\nNONSENSE\nECHO z\nunfinished')
      const answers = (await text(socket)).split('\n')
      assert.deepEqual(
        answers.map((line) => line.replace(/^(OK)? ?\w{64}$|^(ERR [a-z-]+).*/, '$1$2')),
        ['OK a', 'OK', 'OK slept 1', 'ERR unknown-command', 'OK z', 'ERR unfinished-line', ''],
      )
    } finally {
      await server.stop()
    }
  })

  test(`${name}: its cost is that of ${processes} process(es)`, async () => {
    const server = await startServer(command)
    try {
      assert.equal(processTree(server.pid).length, processes)
    } finally {
      await server.stop()
    }
  })
}
