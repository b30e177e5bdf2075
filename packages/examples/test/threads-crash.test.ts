import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { connectTo, Program, readBytes } from './program.js'

/** Fewer than there are clients: the rest waits in the backlog. */
const descriptors = 120
const clients = 150

interface State {
  readonly requests: number
  readonly workerCrashes: number
  readonly reactor: { readonly waits: number; readonly events: number }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

function send(socket: Socket, line: string): void {
  // The one that asks for the crash, and those that a crash takes along, are closed or reset.
  socket.on('error', () => {})
  socket.write(line)
}

test.each(['lend', 'handoff', 'reuseport'])(
  'threads --mode %s: a thread that crashes when no descriptor is free is replaced, and new clients are served',
  async (mode) => {
    const args = ['--port', '0', '--mode', mode, '--threads', '2', '--chaos']
    const program = new Program('threads', args, 'ignore', descriptors)
    const port = await program.port()
    const sockets = Array.from({ length: clients }, () => connect({ port, host: '127.0.0.1' }))
    const answered: Socket[] = []
    for (const socket of sockets) {
      send(socket, 'ECHO here\n')
      socket.once('data', () => answered.push(socket))
    }
    const open = () => readdirSync(`/proc/${program.child.pid}/fd`).length
    await until(() => answered.length > 0 && open() >= descriptors)
    const [victim] = answered
    if (victim === undefined) throw new Error('unreachable: one was answered')
    const gone = new Promise((resolve) => victim.once('close', resolve))
    send(victim, 'CRASH\n')
    await gone
    for (const socket of sockets) socket.destroy()
    // As many as reach every thread, the new one included.
    for (let served = 0; served < 20; served++) {
      const socket = await connectTo(port)
      socket.write('ECHO again\n')
      expect(`${await readBytes(socket, 9)}`).toBe('OK again\n')
      socket.destroy()
    }
    program.child.kill('SIGTERM')
    expect(await program.exit()).toBe(0)
  },
)

// In this mode a crash closes only who has been served: next to no descriptor gets free by it.
test('threads --mode lend: a crashed thread is replaced although all descriptors stay in use', async () => {
  const args = ['--port', '0', '--mode', 'lend', '--threads', '2', '--chaos']
  const program = new Program('threads', args, 'ignore', descriptors)
  const port = await program.port()
  const first: Socket[] = []
  while (first.length < 10) first.push(await connectTo(port))
  const others = Array.from({ length: clients }, () => connect({ port, host: '127.0.0.1' }))
  for (const socket of others) socket.on('error', () => {})
  const open = () => readdirSync(`/proc/${program.child.pid}/fd`).length
  await until(() => open() >= descriptors)
  const [victim, ...silent] = first
  if (victim === undefined) throw new Error('unreachable: there are ten')
  send(victim, 'CRASH\n')
  expect(`${await readBytes(victim, 1)}`).toBe('')
  // The dead thread's among them, and nobody leaves.
  for (const socket of silent) {
    socket.write('ECHO here\n')
    expect(`${await readBytes(socket, 8)}`).toBe('OK here\n')
  }
  for (const socket of [...silent, ...others]) socket.destroy()
  program.child.kill('SIGTERM')
  expect(await program.exit()).toBe(0)
  expect(program.stderr).toBe('')
})

test.each(['lend', 'handoff', 'reuseport'])(
  'threads --mode %s: what STATS counts of the reactors does not fall when a thread crashes',
  async (mode) => {
    const args = ['--port', '0', '--mode', mode, '--threads', '2', '--chaos']
    const program = new Program('threads', args)
    const port = await program.port()
    const state = async (): Promise<State> => {
      const socket = await connectTo(port)
      socket.end('STATS\n')
      const answer = `${await readBytes(socket, Number.POSITIVE_INFINITY)}`
      // Nothing: the thread that it was given to was the one that crashes.
      return answer === '' ? state() : JSON.parse(answer.slice(3))
    }
    const victim = await connectTo(port)
    for (let i = 0; i < 300; i++) {
      victim.write('ECHO here\n')
      expect(`${await readBytes(victim, 8)}`).toBe('OK here\n')
    }
    let before = await state()
    while (before.requests < 300) before = await state()
    send(victim, 'CRASH\n')
    let after = await state()
    while (after.workerCrashes < 1) after = await state()
    expect(after.reactor.waits).toBeGreaterThanOrEqual(before.reactor.waits)
    expect(after.reactor.events).toBeGreaterThanOrEqual(before.reactor.events)
    program.child.kill('SIGTERM')
    expect(await program.exit()).toBe(0)
  },
)
