import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { connectTo, Program, promptly, readBytes } from './program.js'

const modes = ['lend', 'handoff', 'reuseport'] as const
/** A stop has as long as a test may take, if nothing else is said. */
const start = (mode: string, ...args: string[]) =>
  new Program('threads', [
    ...['--port', '0', '--mode', mode, '--threads', '2', '--drain', '60000'],
    ...args,
  ])

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
    // At once: before what is under way can be over.
    const { program, results, sleeper } = await promptly(1400, async (pace) => {
      const program = start(mode)
      const port = await program.port()
      const sleeper = await connectTo(port)
      pace.begin()
      sleeper.write('ECHO here\nSLEEP 1500\nECHO after\n')
      expect(`${await readBytes(sleeper, 8)}`).toBe('OK here\n')
      program.child.kill('SIGTERM')
      const results = new Set<string>()
      // As long as the kernel deals clients out among several listeners, all of them have to be closed.
      for (let refused = 0; refused < 10; ) {
        const result = await tryToConnect(port)
        results.add(result)
        refused = result === 'ECONNREFUSED' ? refused + 1 : 0
      }
      pace.step()
      return { program, results, sleeper }
    })
    expect(['open', 'ECONNREFUSED', 'ECONNRESET']).toEqual(expect.arrayContaining([...results]))
    expect(`${await readBytes(sleeper, Number.POSITIVE_INFINITY)}`).toBe(
      'OK slept 1500\nOK after\n',
    )
    expect(await program.exit()).toBe(0)
    expect(program.stderr).toBe('')
  })

  test('a stop while a crashed thread is replaced answers who has connected and asked', async () => {
    const program = start(mode, '--chaos')
    const port = await program.port()
    const victim = await connectTo(port)
    victim.write('CRASH\n')
    // Closed by who starts the next one.
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
    const program = start(mode, '--drain', '600000')
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
