import { readdirSync } from 'node:fs'
import type { Socket } from 'node:net'
import { expect, test, vi } from 'vitest'
import { connectTo, Program } from './program.js'

interface Figures {
  readonly connections: number
  readonly accepted: number
  readonly closed: number
  readonly lends?: number
  readonly rearms?: number
  readonly returned?: number
  readonly held: number
  readonly descriptors: number
  readonly audit: number
}

/** What clients leave in the middle of: nothing, a line, answers that they do not read, a pause, a computation, a question. */
const habits: readonly string[] = [
  '',
  'ECHO half',
  `ECHO ${'x'.repeat(60_000)}\n`.repeat(40),
  'SLEEP 100\nECHO later\n',
  'HASH 20000 x\n'.repeat(3),
  'STATS\n'.repeat(10),
]

async function state(port: number): Promise<Figures> {
  const socket = await connectTo(port)
  socket.end('STATS\n')
  let answer = ''
  for await (const chunk of socket) answer += chunk
  return JSON.parse(answer.slice(3))
}

test.each(['lend', 'handoff', 'reuseport'])(
  'threads --mode %s: when all clients have left, every figure of STATS is what it was, and true',
  async (mode) => {
    const program = new Program('threads', ['--port', '0', '--mode', mode, '--threads', '2'])
    const port = await program.port()
    const before = await state(port)
    const leave = (socket: Socket, index: number) => {
      if (index % 2 === 0) socket.resetAndDestroy()
      else socket.destroy()
    }
    for (let round = 0; round < 5; round++) {
      const sockets = await Promise.all(Array.from({ length: 60 }, () => connectTo(port)))
      for (const [index, socket] of sockets.entries()) {
        socket.pause().write(habits[index % habits.length] ?? '')
      }
      await state(port)
      for (const [index, socket] of sockets.entries()) leave(socket, index)
    }
    const after = await vi.waitFor(
      async () => {
        const figures = await state(port)
        expect(figures).toMatchObject({ connections: 1, held: 0, audit: 0 })
        return figures
      },
      { timeout: 50_000, interval: 50 },
    )
    expect(after.accepted - after.closed).toBe(1)
    expect(after.descriptors).toBe(before.descriptors)
    if (mode === 'lend') {
      // One loan is out: the connection's that asks.
      expect((after.lends ?? 0) - (after.rearms ?? 0) - (after.returned ?? 0)).toBe(1)
    }
    // The connection that asked was among them.
    const open = () => readdirSync(`/proc/${program.child.pid}/fd`).length
    await vi.waitFor(() => expect(open()).toBe(after.descriptors - 1), { timeout: 50_000 })
    program.child.kill('SIGTERM')
    expect(await program.exit()).toBe(0)
    expect(program.stderr).toBe('')
  },
)
