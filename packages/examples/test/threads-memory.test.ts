import type { Socket } from 'node:net'
import { close } from '@rearm/epoll-native/io'
import { AddressFamily, SocketFlag, SocketType, send, socketpair } from '@rearm/epoll-native/socket'
import { Interest } from '@rearm/reactor'
import { describe, expect, test } from 'vitest'
import { ThreadIo } from '../src/threads/connection/io.js'
import { MemoryBudget } from '../src/threads/connection/memory-budget.js'
import { Session, Turn } from '../src/threads/connection/session.js'
import { Count, Counters } from '../src/threads/counters.js'
import { connectTo, Program, readBytes } from './program.js'

const modes = ['lend', 'handoff', 'reuseport'] as const
const start = (mode: string, ...args: string[]) =>
  new Program('threads', ['--port', '0', '--mode', mode, '--memory', '1', ...args])

const readAll = async (socket: Socket) =>
  (await readBytes(socket, Number.POSITIVE_INFINITY)).toString()

async function ask(socket: Socket, request: string): Promise<string> {
  socket.write(`${request}\n`)
  let line = ''
  while (!line.endsWith('\n')) {
    const bytes = await readBytes(socket, 1)
    if (bytes.length === 0) break
    line += bytes.toString('latin1')
  }
  return line.trimEnd()
}

/** Asks for the server's state until what connections hold is as wished. */
async function untilHeld(port: number, wished: (held: number) => boolean): Promise<void> {
  for (let isThere = false; !isThere; ) {
    const socket = await connectTo(port)
    const answer = await ask(socket, 'STATS')
    socket.destroy()
    isThere = answer !== '' && wished(JSON.parse(answer.slice(3)).held)
  }
}

/** Half a line, of which the server keeps 64 KiB. */
const half = `ECHO ${'x'.repeat(60_000)}`
/** One that is charged for when it is kept, and that the kernel carries in one piece: there is nothing to keep of it. */
const inOnePiece = `ECHO ${'x'.repeat(16_000)}`

async function sendHalf(port: number): Promise<Socket> {
  const socket = await connectTo(port)
  await new Promise<void>((resolve) => socket.write(half, () => resolve()))
  return socket
}

describe.each(modes)('threads --mode %s', (mode) => {
  test('--memory bounds what all hold: who needs more is told and closed, everybody else is served', async () => {
    const program = start(mode, '--threads', '2')
    const port = await program.port()
    const other = await connectTo(port)
    const holders: Socket[] = []
    for (let i = 1; i <= 16; i++) {
      holders.push(await sendHalf(port))
      await untilHeld(port, (held) => held === i * 65536)
    }
    for (let i = 0; i < 3; i++)
      expect(await readAll(await sendHalf(port))).toMatch(/^ERR memory-full .*\n$/)
    expect(await ask(other, 'ECHO short')).toBe('OK short')
    other.write('ECHO in ')
    expect(await ask(other, 'pieces')).toBe('OK in pieces')
    expect(await ask(other, inOnePiece)).toBe(`OK ${inOnePiece.slice(5)}`)
    // A line that ends, and a client that leaves, make room.
    for (const socket of holders.slice(0, 8))
      expect(await ask(socket, '')).toBe(`OK ${half.slice(5)}`)
    await untilHeld(port, (held) => held === 8 * 65536)
    for (const socket of holders) socket.destroy()
    await untilHeld(port, (held) => held === 0)
    program.child.kill('SIGTERM')
    expect(await program.exit()).toBe(0)
    expect(program.stderr).toBe('')
  })

  test('what a crashed thread held is there for others', async () => {
    const port = await start(mode, '--threads', '1', '--chaos').port()
    const holders = await Promise.all(Array.from({ length: 10 }, () => sendHalf(port)))
    await untilHeld(port, (held) => held === 10 * 65536)
    const victim = await connectTo(port)
    victim.write('CRASH\n')
    for (const socket of [victim, ...holders]) expect(await readAll(socket)).toBe('')
    await untilHeld(port, (held) => held === 0)
  })
})

describe('Session', () => {
  /** Has one answer a peer that reads nothing, until it waits for something else than input. */
  function answerInVain(most: number): { turn: Turn; held: number; heldAfter: number } {
    const pair = new Int32Array(2)
    const type = SocketType.STREAM | SocketFlag.NONBLOCK | SocketFlag.CLOEXEC
    expect(socketpair(AddressFamily.UNIX, type, 0, pair)).toBe(0)
    const [fd = -1, peer = -1] = pair
    const counters = new Counters(1)
    const io = new ThreadIo(new MemoryBudget(counters, 0, most))
    const session = new Session(fd, Interest.READABLE, {})
    let turn: Turn
    do {
      expect(send(peer, Buffer.from(`${half}\n`))).toBe(half.length + 1)
      turn = session.turn(io, false)
    } while (turn === Turn.READ)
    const held = counters.of(0, Count.HELD)
    session.release(io)
    close(fd)
    close(peer)
    return { turn, held, heldAfter: counters.of(0, Count.HELD) }
  }

  test('unsent answers are charged until they are sent, or the session is released', () => {
    const { turn, held, heldAfter } = answerInVain(2 ** 20)
    expect(turn).toBe(Turn.WRITE)
    expect(held).toBeGreaterThan(4096)
    expect(heldAfter).toBe(0)
  })

  test('one whose unsent answers do not fit into the budget is over: nothing can be said in the middle of one', () => {
    expect(answerInVain(0)).toEqual({ turn: Turn.OVER, held: 0, heldAfter: 0 })
  })
})
