import { once } from 'node:events'
import { Errno } from '@rearm/epoll-native'
import { close } from '@rearm/epoll-native/io'
import {
  AddressFamily,
  connect,
  MessageFlag,
  recv,
  SocketFlag,
  SocketOption,
  SocketType,
  send,
  setSocketOption,
  socket,
} from '@rearm/epoll-native/socket'
import { afterEach, expect, test } from 'vitest'
import { connectTo, Program, readBytes } from './program.js'

const threads = ['lend', 'handoff', 'reuseport'].map(
  (mode) => ['threads', '--mode', mode, '--threads', '1'] as const,
)
const echoes = ['level', 'edge'].map((trigger) => ['echo', '--trigger', trigger] as const)
const start = ([name, ...args]: readonly [string, ...string[]], idle: number) =>
  new Program(name, ['--port', '0', '--idle', String(idle), ...args])

const descriptors: number[] = []
const readers: NodeJS.Timeout[] = []
afterEach(() => {
  for (const reader of readers.splice(0)) clearInterval(reader)
  for (const fd of descriptors.splice(0)) close(fd)
})

/** More than the kernel keeps for a client that does not read it. */
const requests = Buffer.from(`ECHO ${'x'.repeat(60_000)}\n`.repeat(200))

/** Connects with a small receive buffer: its kernel takes little over its reader's head. */
function connectNarrowly(port: number): number {
  const fd = socket(AddressFamily.INET, SocketType.STREAM | SocketFlag.CLOEXEC, 0)
  descriptors.push(fd)
  setSocketOption(fd, SocketOption.RCVBUF, 4096)
  expect(connect(fd, { family: 'ipv4', address: '127.0.0.1', port })).toBe(0)
  return fd
}

/** Asks for more than it reads, some 25 KiB a second, and tells after `ms` whether it is still connected. */
function readSlowly(port: number, ms: number): Promise<string> {
  const fd = connectNarrowly(port)
  const piece = new Uint8Array(512)
  const since = performance.now()
  let asked = 0
  return new Promise((resolve) => {
    const reader = setInterval(() => {
      asked += Math.max(0, send(fd, requests, asked, undefined, MessageFlag.DONTWAIT))
      const count = recv(fd, piece, 0, piece.length, MessageFlag.DONTWAIT)
      if (count === 0 || (count < 0 && count !== -Errno.EAGAIN)) resolve(`ended with ${count}`)
      else if (performance.now() - since > ms) resolve('connected')
    }, 20)
    readers.push(reader)
  })
}

test('--idle is no limit for a client that reads slowly, in any server', async () => {
  const servers = [...threads, ...echoes]
  const ports = await Promise.all(servers.map((server) => start(server, 2).port()))
  const fates = await Promise.all(ports.map((port) => readSlowly(port, 6000)))
  expect(fates).toEqual(servers.map(() => 'connected'))
})

test.each(echoes)('%s %s %s: --idle closes a client that takes no answers', async (...server) => {
  const port = await start(server, 1).port()
  const other = await connectTo(port)
  const greedy = (await connectTo(port)).pause()
  let isOpen = true
  greedy.once('close', () => {
    isOpen = false
  })
  greedy.write(requests)
  // Who neither reads nor writes does not notice a reset.
  for (; isOpen; greedy.write('more')) {
    other.write('x')
    expect(`${await readBytes(other, 1)}`).toBe('x')
  }
  other.destroy()
  await once(other, 'close')
})
