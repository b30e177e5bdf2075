import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
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
import { connectTo, type Pace, Program, promptly, readBytes } from './program.js'

const threads = ['lend', 'handoff', 'reuseport'].map(
  (mode) => ['threads', '--mode', mode, '--threads', '1'] as const,
)
const echoes = ['level', 'edge'].map((trigger) => ['echo', '--trigger', trigger] as const)
const start = (
  [name, ...args]: readonly [string, ...string[]],
  idle: number,
  ...more: readonly string[]
) => new Program(name, ['--port', '0', '--idle', String(idle), ...args, ...more])

const descriptors: number[] = []
const readers: NodeJS.Timeout[] = []
afterEach(() => {
  for (const reader of readers.splice(0)) clearInterval(reader)
  for (const fd of descriptors.splice(0)) close(fd)
})

/** More than the kernel keeps for a client that does not read it. */
const requests = Buffer.from(`ECHO ${'x'.repeat(60_000)}\n`.repeat(200))
/** Bytes per millisecond, and how often some are read (ms). */
const slowly = 25
const often = 20

/** Connects with a small receive buffer: its kernel takes little over its reader's head. */
function connectNarrowly(port: number): number {
  const fd = socket(AddressFamily.INET, SocketType.STREAM | SocketFlag.CLOEXEC, 0)
  descriptors.push(fd)
  setSocketOption(fd, SocketOption.RCVBUF, 4096)
  expect(connect(fd, { family: 'ipv4', address: '127.0.0.1', port })).toBe(0)
  return fd
}

/** Asks for more than it reads, slowly, and tells after `ms` whether it is still connected. */
function readSlowly(port: number, ms: number, pace: Pace): Promise<string> {
  const fd = connectNarrowly(port)
  const piece = new Uint8Array(65536)
  const since = performance.now()
  let asked = 0
  let read = 0
  pace.begin()
  return new Promise((resolve) => {
    const reader = setInterval(() => {
      pace.step()
      asked += Math.max(0, send(fd, requests, asked, undefined, MessageFlag.DONTWAIT))
      const due = Math.ceil((performance.now() - since) * slowly) - read
      const count = recv(fd, piece, 0, Math.min(due, piece.length), MessageFlag.DONTWAIT)
      read += Math.max(0, count)
      if (count === 0 || (count < 0 && count !== -Errno.EAGAIN)) resolve(`ended with ${count}`)
      else if (performance.now() - since > ms) resolve('connected')
    }, often)
    readers.push(reader)
  })
}

test('--idle is no limit for a client that reads slowly, in any server', async () => {
  const servers = [...threads, ...echoes]
  const ports = await Promise.all(servers.map((server) => start(server, 2).port()))
  // Half of the idle timeout: who reads nothing for longer may be taken for one that takes no answers.
  const fates = await promptly(1000, (pace) =>
    Promise.all(ports.map((port) => readSlowly(port, 6000, pace))),
  )
  expect(fates).toEqual(servers.map(() => 'connected'))
})

/** Sends until nothing is taken any more, although the server had many turns in between. */
async function sendUntilStuck(fd: number, turn: () => Promise<unknown>): Promise<void> {
  let asked = 0
  for (let unchanged = 0; unchanged < 20; ) {
    const count = send(fd, requests, asked, undefined, MessageFlag.DONTWAIT)
    asked += Math.max(0, count)
    unchanged = count > 0 ? 0 : unchanged + 1
    await turn()
  }
}

/** All that comes from now on, in lines, and what reading ended with. */
async function readToEnd(fd: number): Promise<{ lines: readonly string[]; end: number }> {
  setSocketOption(fd, SocketOption.RCVBUF, 1 << 20)
  const pieces: Buffer[] = []
  const piece = Buffer.alloc(65536)
  for (;;) {
    const count = recv(fd, piece, 0, piece.length, MessageFlag.DONTWAIT)
    if (count > 0) pieces.push(Buffer.from(piece.subarray(0, count)))
    else if (count === -Errno.EAGAIN) await setImmediate()
    else return { lines: `${Buffer.concat(pieces)}`.split('\n'), end: count }
  }
}

test('once threads stops, --idle is no limit for a client that has not begun to take its answers, in any mode', async () => {
  const stopping = await promptly(1900, async (pace) => {
    const servers = await Promise.all(
      threads.map(async (server) => {
        const program = start(server, 2, '--drain', '60000')
        return { program, port: await program.port() }
      }),
    )
    pace.begin()
    const stopping = await Promise.all(
      servers.map(async ({ program, port }) => {
        const [clock, other] = [await connectTo(port), await connectTo(port)]
        clock.write('SLEEP 5000\n')
        const late = connectNarrowly(port)
        await sendUntilStuck(late, async () => {
          other.write('ECHO x\n')
          await readBytes(other, 5)
        })
        program.child.kill('SIGTERM')
        // Its only thread has heard of it.
        await readBytes(other, 1)
        return { program, clock, late }
      }),
    )
    pace.step()
    return stopping
  })
  for (const { program, clock, late } of stopping) {
    // The idle timeout is long over.
    expect(`${await readBytes(clock, Number.POSITIVE_INFINITY)}`).toBe('OK slept 5000\n')
    const { lines, end } = await readToEnd(late)
    // Whole answers, and then the end.
    expect({ end, rest: lines.at(-1)?.length }).toEqual({ end: 0, rest: 0 })
    const answer = `OK ${'x'.repeat(60_000)}`
    expect(lines.slice(0, -1).every((line) => line === answer)).toBe(true)
    expect(await program.exit()).toBe(0)
  }
})

test.each(echoes)('%s %s %s: --idle closes a client that takes no answers', async (...server) => {
  const port = await start(server, 1).port()
  let other = await connectTo(port)
  const greedy = (await connectTo(port)).pause()
  let isOpen = true
  greedy.once('close', () => {
    isOpen = false
  })
  greedy.write(requests)
  // Who neither reads nor writes does not notice a reset.
  for (let asked = performance.now(); isOpen; greedy.write('more')) {
    const before = asked
    asked = performance.now()
    other.write('x')
    const answer = `${await readBytes(other, 1)}`
    // Kept from asking for so long, it has been silent itself.
    if (answer === '' && asked - before > 900) other = await connectTo(port)
    else expect(answer).toBe('x')
  }
  other.destroy()
  await once(other, 'close')
})
