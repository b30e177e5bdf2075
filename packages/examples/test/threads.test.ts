import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import {
  connectTo,
  jam,
  type Pace,
  Program,
  promptly,
  readBytes,
  residentBytes,
} from './program.js'

const modes = ['lend', 'handoff', 'reuseport'] as const
/** A stop has as long as a test may take, if nothing else is said. */
const start = (mode: string, ...args: string[]) =>
  new Program('threads', [
    ...['--port', '0', '--mode', mode, '--threads', '2', '--drain', '60000'],
    ...args,
  ])

/** Reads up to and with the next newline; what the stream had, if it ended before. */
async function readLine(socket: Socket): Promise<string> {
  let line = ''
  while (!line.endsWith('\n')) {
    const byte = await readBytes(socket, 1)
    if (byte.length === 0) break
    line += byte.toString('latin1')
  }
  return Buffer.from(line, 'latin1').toString()
}

async function ask(socket: Socket, request: string): Promise<string> {
  socket.write(`${request}\n`)
  return (await readLine(socket)).trimEnd()
}

/** Sends on and on without reading, as a client does that pipelines; ends when the kernel has taken it all, or is told off. */
async function sendOn(socket: Socket, times: number, pace?: Pace): Promise<void> {
  for (let i = 0; i < times && !socket.destroyed; i++) {
    await new Promise<void>((resolve) => socket.write('ECHO more\n', () => resolve()))
    await setImmediate()
    pace?.step()
  }
}

/** What a peer that takes no answers sends. */
const longLine = Buffer.from(`ECHO ${'x'.repeat(60_000)}\n`)

const readAll = (socket: Socket) => readBytes(socket, Number.POSITIVE_INFINITY)

async function stateOf(port: number) {
  const socket = await connectTo(port)
  const answer = await ask(socket, 'STATS')
  socket.destroy()
  return JSON.parse(answer.slice(3))
}

/** Asks for the state until it is as wished. */
async function until(
  port: number,
  wished: (state: Awaited<ReturnType<typeof stateOf>>) => boolean,
) {
  for (;;) {
    const state = await stateOf(port)
    if (wished(state)) return state
  }
}

describe.each(modes)('threads --mode %s', (mode) => {
  test('answers every command', async () => {
    const port = await start(mode).port()
    const requests = 'ECHO hello\nHASH 2 x\nSLEEP 10\nSTATS\nWHAT\nCRASH\nQUIT\n'
    const client = await connectTo(port)
    client.end(requests)
    const answers = (await readAll(client)).toString()
    const first = createHash('sha256').update('x').digest()
    const digest = createHash('sha256').update(first).digest('hex')
    const lines = answers.split('\n')
    expect(lines.slice(0, 3)).toEqual(['OK hello', `OK ${digest}`, 'OK slept 10'])
    expect(JSON.parse(lines[3]?.slice(3) ?? '')).toMatchObject({ mode, threads: 2, connections: 1 })
    expect(lines[4]).toMatch(/^ERR unknown-command /)
    expect(lines[5]).toMatch(/^ERR unknown-command /)
    expect(lines.slice(6)).toEqual(['OK bye', ''])
  })

  test('STATS counts exactly, and finds no difference between the lists', async () => {
    const port = await start(mode).port()
    const sockets = await Promise.all(Array.from({ length: 20 }, () => connectTo(port)))
    for (const socket of sockets) expect(await ask(socket, 'ECHO x')).toBe('OK x')
    const full = await until(port, (state) => state.connections === 21 && state.audit === 0)
    expect(full).toMatchObject({ accepted: full.closed + 21, workerCrashes: 0 })
    expect(full.requests).toBeGreaterThanOrEqual(20)
    for (const socket of sockets) socket.destroy()
    const empty = await until(port, (state) => state.connections === 1 && state.audit === 0)
    expect(empty.descriptors).toBe(full.descriptors - 20)
    expect(empty.reactor).toMatchObject({ ghosts: 0, rebuilds: 0 })
  })

  test('pipelined requests are answered in order, also after a pause', async () => {
    const port = await start(mode).port()
    const socket = await connectTo(port)
    const requests = Array.from({ length: 2000 }, (_, i) => `ECHO ${i}`)
    socket.end(`SLEEP 20\n${requests.join('\n')}\nHASH 9000 x\nSTATS\nECHO last\n`)
    const lines = `${await readAll(socket)}`.split('\n')
    expect(lines[0]).toBe('OK slept 20')
    expect(lines.slice(1, 2001)).toEqual(requests.map((request) => `OK ${request.slice(5)}`))
    expect(lines[2001]).toMatch(/^OK [\da-f]{64}$/)
    expect(lines[2002]).toMatch(/^OK \{/)
    expect(lines.slice(2003)).toEqual(['OK last', ''])
  })

  test('a line may come in pieces, and end in CRLF', async () => {
    const port = await start(mode).port()
    const socket = await connectTo(port)
    const other = await connectTo(port)
    for (const piece of ['EC', 'HO split', ' line\r', '\n']) {
      socket.write(piece)
      expect(await ask(other, 'ECHO meanwhile')).toBe('OK meanwhile')
    }
    expect(await readLine(socket)).toBe('OK split line\n')
  })

  test('a line too long and bytes that are no UTF-8 are errors, and the connection lives', async () => {
    const port = await start(mode).port()
    const socket = await connectTo(port)
    expect(await ask(socket, 'x'.repeat(200_000))).toMatch(/^ERR line-too-long /)
    socket.write(Buffer.from([0x45, 0xff, 0x0a]))
    expect(await readLine(socket)).toMatch(/^ERR not-utf8 /)
    expect(await ask(socket, 'ECHO ä')).toBe('OK ä')
  })

  test('a peer that ends its half gets its answers; an unfinished line is an error', async () => {
    const port = await start(mode).port()
    const socket = await connectTo(port)
    socket.end('SLEEP 50\nECHO a\nECHO b')
    expect(`${await readAll(socket)}`).toMatch(/^OK slept 50\nOK a\nERR unfinished-line .*\n$/)
  })

  test('QUIT closes after the answer', async () => {
    const port = await start(mode).port()
    const socket = await connectTo(port)
    socket.write('QUIT\nECHO never\n')
    expect(`${await readAll(socket)}`).toBe('OK bye\n')
  })

  test('a client that goes on sending after QUIT gets all its answers', async () => {
    const requests = Array.from({ length: 100 }, (_, i) => `ECHO ${i} ${'x'.repeat(1000)}`)
    // All of it within the 2 s that the server waits for its peer to end.
    const { port, socket, lines } = await promptly(1500, async (pace) => {
      const port = await start(mode).port()
      const socket = await connectTo(port)
      pace.begin()
      socket.write(`${requests.join('\n')}\nQUIT\n`)
      // Each look is a connection and a request, which is counted when it is answered.
      await until(port, ({ requests, accepted }) => requests - accepted >= 99)
      await sendOn(socket, 50)
      const lines = `${await readAll(socket)}`.split('\n')
      pace.step()
      return { port, socket, lines }
    })
    expect(lines).toEqual([...requests.map((request) => `OK ${request.slice(5)}`), 'OK bye', ''])
    socket.end()
    await until(port, ({ connections }) => connections === 1)
  })

  test('who neither ends nor sends after QUIT is closed all the same, also without --idle', async () => {
    const port = await start(mode, '--idle', '0').port()
    const socket = await connectTo(port)
    expect(await ask(socket, 'QUIT')).toBe('OK bye')
    await until(port, ({ connections }) => connections === 1)
  })

  test('SLEEP and HASH hold up nobody else', async () => {
    const port = await start(mode, '--threads', '1').port()
    const [sleeper, hasher, other] = await Promise.all([
      connectTo(port),
      connectTo(port),
      connectTo(port),
    ])
    sleeper.write('SLEEP 60000\n')
    // More than a test has time for.
    const hashes = 1000
    hasher.write('HASH 1000000 x\n'.repeat(hashes))
    for (let i = 0; i < 5; i++) expect(await ask(other, `ECHO ${i}`)).toBe(`OK ${i}`)
    expect(sleeper.read()).toBeNull()
    expect(`${hasher.read() ?? ''}`.split('\n').length).toBeLessThan(hashes)
  })

  test('a peer that never reads is bounded in memory, and holds up nobody', async () => {
    const program = start(mode)
    const port = await program.port()
    const other = await connectTo(port)
    const ping = async () => expect(await ask(other, 'ECHO ping')).toBe('OK ping')
    await ping()
    const before = residentBytes(program.child.pid)
    await jam(await connectTo(port), ping, longLine)
    expect(residentBytes(program.child.pid) - before).toBeLessThan(32 * 1024 * 1024)
  })

  test('--idle closes a silent peer, and one that takes no answers', async () => {
    const port = await start(mode, '--idle', '1').port()
    let other = await connectTo(port)
    const silent = await connectTo(port)
    const greedy = await connectTo(port)
    let open = 2
    for (const socket of [silent.resume(), greedy.pause()]) {
      socket.once('close', () => open--)
      socket.once('end', () => socket.destroy())
    }
    greedy.write(`ECHO ${'x'.repeat(60_000)}\n`.repeat(400))
    // Who neither reads nor writes does not notice a reset.
    for (let asked = performance.now(); open > 0; greedy.write('\n')) {
      const before = asked
      asked = performance.now()
      const answer = await ask(other, 'SLEEP 20')
      // Kept from asking for so long, it has been silent itself.
      if (answer === '' && asked - before > 900) other = await connectTo(port)
      else expect(answer).toBe('OK slept 20')
    }
    await until(port, (state) => state.connections <= 2)
  })

  test('a sleep longer than --idle is no silence', async () => {
    const port = await start(mode, '--idle', '1').port()
    // Less than the idle timeout beside the sleep itself.
    const answers = await promptly(2500 + 900, async (pace) => {
      pace.begin()
      const socket = await connectTo(port)
      const answers = [await ask(socket, 'SLEEP 2500'), await ask(socket, 'ECHO still there')]
      pace.step()
      return answers
    })
    expect(answers).toEqual(['OK slept 2500', 'OK still there'])
  })

  test('a client over the limit is served when another one leaves', async () => {
    const port = await start(mode, '--connections', '1').port()
    const first = await connectTo(port)
    expect(await ask(first, 'ECHO a')).toBe('OK a')
    const second = await connectTo(port)
    second.write('ECHO b\n')
    expect(await ask(first, 'ECHO c')).toBe('OK c')
    expect(second.read()).toBeNull()
    first.destroy()
    expect(await readLine(second)).toBe('OK b\n')
  })

  test('many connections: every answer is right, and reaches who asked', async () => {
    const port = await start(mode).port()
    const talk = async (name: number) => {
      const socket = await connectTo(port)
      for (let i = 0; i < 10; i++)
        expect(await ask(socket, `ECHO ${name}:${i}`)).toBe(`OK ${name}:${i}`)
      socket.destroy()
    }
    await Promise.all(Array.from({ length: 300 }, (_, name) => talk(name)))
    const state = await until(port, ({ connections, audit }) => connections === 1 && audit === 0)
    expect(state.closed).toBeGreaterThanOrEqual(300)
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s: answers what was received, then exits 0',
    async (signal) => {
      const program = start(mode, '--view', 'none')
      const port = await program.port()
      const [client, sleeper, silent] = await Promise.all([
        connectTo(port),
        connectTo(port),
        connectTo(port),
      ])
      for (const socket of [client, sleeper, silent]) {
        expect(await ask(socket, 'ECHO x')).toBe('OK x')
      }
      sleeper.write('SLEEP 300\nECHO after\n')
      client.write('ECHO received\n')
      // Over loopback, bytes that a write has handed over are in the server's socket.
      await new Promise<void>((resolve) => client.write('HASH 5000 x\n', () => resolve()))
      program.child.kill(signal)
      expect(`${await readAll(client)}`).toMatch(/^OK received\nOK [\da-f]{64}\n$/)
      expect(`${await readAll(sleeper)}`).toBe('OK slept 300\nOK after\n')
      expect(`${await readAll(silent)}`).toBe('')
      expect(await program.exit()).toBe(0)
      expect(program.lines).toHaveLength(1)
      expect(program.stderr).toBe('')
    },
  )

  test('a stop destroys no answers of a client that goes on sending', async () => {
    const requests = Array.from({ length: 100 }, (_, i) => `ECHO ${i} ${'x'.repeat(1000)}`)
    // A server that stops waits 200 ms for a peer that sends nothing.
    const { program, socket, lines } = await promptly(100, async (pace) => {
      const program = start(mode)
      const port = await program.port()
      const [socket, other] = await Promise.all([connectTo(port), connectTo(port)])
      expect(await ask(other, 'ECHO x')).toBe('OK x')
      socket.write(`${requests.join('\n')}\n`)
      await until(port, (state) => state.requests - state.accepted >= 98)
      program.child.kill('SIGTERM')
      const stopped = readAll(other)
      let isStopped = false
      void stopped.then(() => {
        isStopped = true
      })
      pace.begin()
      while (!isStopped) await sendOn(socket, 1, pace)
      await sendOn(socket, 50, pace)
      const lines = `${await readAll(socket)}`.split('\n')
      return { program, socket, lines }
    })
    expect(lines.slice(0, 100)).toEqual(requests.map((request) => `OK ${request.slice(5)}`))
    expect(new Set(lines.slice(100, -1))).toEqual(new Set(lines.length > 101 ? ['OK more'] : []))
    socket.end()
    expect(await program.exit()).toBe(0)
  })

  test('a stop answers who has connected and asked, accepted or not', async () => {
    const program = start(mode)
    const port = await program.port()
    const sockets = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = await connectTo(port)
        await new Promise<void>((resolve) => socket.write('ECHO x\n', () => resolve()))
        return socket
      }),
    )
    const late = await connectTo(port)
    late.write('ECHO x\n', () => program.child.kill('SIGTERM'))
    const answers = await Promise.all(
      [...sockets, late].map(async (socket) => `${await readAll(socket)}`),
    )
    expect(answers).toEqual(answers.map(() => 'OK x\n'))
    expect(await program.exit()).toBe(0)
    expect(program.stderr).toBe('')
  })

  test('a stop takes no longer than --drain', async () => {
    const program = start(mode, '--drain', '50')
    const port = await program.port()
    const other = await connectTo(port)
    await jam(await connectTo(port), () => ask(other, 'ECHO x'), longLine)
    const sleeper = await connectTo(port)
    expect(await ask(sleeper, 'ECHO x\nSLEEP 60000')).toBe('OK x')
    program.child.kill('SIGTERM')
    expect(await program.exit()).toBe(0)
  })

  test('a second signal ends it at once', async () => {
    const program = start(mode, '--drain', '600000')
    const port = await program.port()
    const sleeper = await connectTo(port)
    expect(await ask(sleeper, 'ECHO x\nSLEEP 60000')).toBe('OK x')
    program.child.kill('SIGTERM')
    // Signals that come together are one wish; so ask until it is taken as another.
    const again = setInterval(() => program.child.kill('SIGTERM'), 100)
    expect(await program.exit()).toBe(143)
    clearInterval(again)
  })

  test('--chaos: a crashed thread takes its own connections with it, and nothing else', async () => {
    const program = start(mode, '--chaos')
    const port = await program.port()
    // However they are dealt out, both threads have some.
    const sockets = await Promise.all(Array.from({ length: 24 }, () => connectTo(port)))
    for (const socket of sockets) expect(await ask(socket, 'ECHO x')).toBe('OK x')
    const before = await until(port, ({ connections, audit }) => connections === 25 && audit === 0)
    for (let crash = 1; crash <= 3; crash++) {
      const victim = await connectTo(port)
      expect(await ask(victim, 'ECHO in')).toBe('OK in')
      victim.write('CRASH\n')
      expect(`${await readAll(victim)}`).toBe('')
      await until(port, (state) => state.workerCrashes === crash)
    }
    const answers = await Promise.all(sockets.map((socket) => ask(socket, 'ECHO y')))
    const alive = answers.filter((answer) => answer === 'OK y').length
    expect(answers.filter((answer) => answer !== '' && answer !== 'OK y')).toEqual([])
    const after = await until(
      port,
      ({ connections, audit }) => connections === alive + 1 && audit === 0,
    )
    expect(after.descriptors).toBe(before.descriptors - (24 - alive))
    for (const socket of sockets) socket.destroy()
    await until(port, ({ connections }) => connections === 1)
    program.child.kill('SIGTERM')
    expect(await program.exit()).toBe(0)
  })

  test.each(modes)('a port in use exits 1 and says so, whoever has it: %s', async (first) => {
    const port = await start(first).port()
    const second = new Program('threads', ['--port', String(port), '--mode', mode])
    expect(await second.exit()).toBe(1)
    expect(second.stderr).toContain(`127.0.0.1:${port}: another program listens there`)
  })
})

describe('threads', () => {
  test('a full queue loses nothing: what is ready stays silent until there is room', async () => {
    const port = await start('lend', '--threads', '1', '--capacity', '0').port()
    const talk = async (name: number) => {
      const socket = await connectTo(port)
      for (let i = 0; i < 5; i++) {
        expect(await ask(socket, `HASH 300 ${name}`)).toMatch(/^OK [\da-f]{64}$/)
        expect(await ask(socket, `ECHO ${name}:${i}`)).toBe(`OK ${name}:${i}`)
      }
      socket.destroy()
    }
    await Promise.all(Array.from({ length: 200 }, (_, name) => talk(name)))
    await until(port, ({ connections, audit }) => connections === 1 && audit === 0)
  })

  test.each(['0', '1', undefined])(
    'a stop under load takes no longer than --drain, and is a success: --capacity %s',
    async (capacity) => {
      const queue = capacity === undefined ? [] : ['--capacity', capacity]
      const program = start('lend', '--threads', '1', ...queue, '--drain', '50')
      const port = await program.port()
      const sockets = await Promise.all(Array.from({ length: 200 }, () => connectTo(port)))
      const first = sockets.map((socket) => ask(socket, `ECHO x\n${'HASH 1000000 x\n'.repeat(5)}`))
      expect(new Set(await Promise.all(first))).toEqual(new Set(['OK x']))
      program.child.kill('SIGTERM')
      expect(await program.exit()).toBe(0)
      expect(program.stderr).toBe('')
    },
  )

  test('--view lines prints what it does, after the line that it listens', async () => {
    const program = start('lend', '--view', 'lines')
    const port = await program.port()
    const socket = await connectTo(port)
    const tells = (line: string) => /^lend, 2 threads: 1 connections, [\d,]+\/s requests/.test(line)
    while (!program.lines.slice(1).some(tells)) expect(await ask(socket, 'ECHO x')).toBe('OK x')
  })

  test('--help says what there is and exits 0', async () => {
    const program = new Program('threads', ['--help'])
    expect(await program.exit()).toBe(0)
    expect(program.lines.join('\n')).toMatch(
      /--mode lend\|handoff\|reuseport[\s\S]*HASH rounds text/,
    )
  })

  test.each([
    ['--mode', 'both'],
    ['--threads', '0'],
    ['--view', 'yes'],
    ['--chaos=1'],
    ['--no-such'],
  ])('a mistake in the options exits 2 and says which: %s %s', async (...args) => {
    const program = new Program('threads', args)
    expect(await program.exit()).toBe(2)
    expect(program.stderr).toContain(args[0]?.replace('=1', ''))
    expect(program.lines).toEqual([])
  })
})
