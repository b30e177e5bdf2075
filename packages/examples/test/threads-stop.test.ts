import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { connectTo, Program, readBytes } from './program.js'

const modes = ['lend', 'handoff', 'reuseport'] as const

/** `open`, or the error's code. */
async function tryToConnect(port: number): Promise<string> {
  const socket = createConnection({ port, host: '127.0.0.1' })
  try {
    await once(socket, 'connect')
    return 'open'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  } finally {
    socket.on('error', () => {}).destroy()
  }
}

describe.each(modes)('threads --mode %s', (mode) => {
  test('a server that stops refuses new clients at once, and answers what is under way', async () => {
    const program = new Program('threads', ['--port', '0', '--mode', mode, '--threads', '2'])
    const port = await program.port()
    const sleeper = await connectTo(port)
    sleeper.write('ECHO here\nSLEEP 1500\nECHO after\n')
    expect(`${await readBytes(sleeper, 8)}`).toBe('OK here\n')
    program.child.kill('SIGTERM')
    // As long as the kernel deals clients out among several listeners, all of them have to be closed.
    for (let refused = 0; refused < 10; ) {
      const result = await tryToConnect(port)
      expect(['open', 'ECONNREFUSED', 'ECONNRESET']).toContain(result)
      refused = result === 'ECONNREFUSED' ? refused + 1 : 0
      expect(sleeper.read()).toBeNull()
      expect(sleeper.readableEnded).toBe(false)
    }
    expect(`${await readBytes(sleeper, Number.POSITIVE_INFINITY)}`).toBe(
      'OK slept 1500\nOK after\n',
    )
    expect(await program.exit()).toBe(0)
    expect(program.stderr).toBe('')
  })
  test('a stop while a crashed thread is replaced answers who has connected and asked', async () => {
    const args = ['--port', '0', '--mode', mode, '--threads', '2', '--chaos']
    const program = new Program('threads', args)
    const port = await program.port()
    const victim = await connectTo(port)
    victim.write('CRASH\n')
    // Closed by who starts the next one, and that takes longer than the rest of this.
    await readBytes(victim, 1)
    const sockets = await Promise.all(Array.from({ length: 20 }, () => connectTo(port)))
    const write = (socket: Socket) =>
      new Promise<void>((resolve) => socket.write('ECHO mine\n', () => resolve()))
    await Promise.all(sockets.map(write))
    program.child.kill('SIGTERM')
    const answers = await Promise.all(
      sockets.map((socket) => readBytes(socket, Number.POSITIVE_INFINITY)),
    )
    expect(answers.map(String)).toEqual(sockets.map(() => 'OK mine\n'))
    expect(await program.exit()).toBe(0)
    expect(program.stderr).toBe('')
  })

  test('another signal after the first ends it at once', async () => {
    const args = ['--port', '0', '--mode', mode, '--threads', '2', '--drain', '600000']
    const program = new Program('threads', args)
    const port = await program.port()
    const sleeper = await connectTo(port)
    sleeper.write('ECHO here\nSLEEP 60000\n')
    expect(`${await readBytes(sleeper, 8)}`).toBe('OK here\n')
    program.child.kill('SIGTERM')
    while ((await tryToConnect(port)) === 'open');
    program.child.kill('SIGINT')
    expect(await program.exit()).toBe(130)
  })
})
