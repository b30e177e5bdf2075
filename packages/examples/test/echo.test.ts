import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { connectTo, hasIpv6Loopback, jam, Program, readBytes, residentBytes } from './program.js'

const echo = (...args: string[]) => new Program('echo', ['--port', '0', ...args])

describe.each(['level', 'edge'])('echo --trigger %s', (trigger) => {
  test('answers every byte, in order, to the client that sent it', async () => {
    const port = await echo('--trigger', trigger).port()
    const clients = await Promise.all(Array.from({ length: 50 }, () => connectTo(port)))
    const messages = clients.map((_, index) =>
      Buffer.from(`client ${index} says ${'x'.repeat(index)}`),
    )
    for (const [index, client] of clients.entries()) client.write(messages[index] ?? '')
    for (const [index, client] of clients.entries()) {
      const message = messages[index] ?? Buffer.alloc(0)
      expect(await readBytes(client, message.length)).toEqual(message)
      client.destroy()
    }
  })

  test('answers more than any socket buffer holds', async () => {
    const port = await echo('--trigger', trigger).port()
    const client = await connectTo(port)
    const sent = randomBytes(16 * 1024 * 1024)
    client.end(sent)
    const received = await readBytes(client, sent.length)
    expect(received.equals(sent)).toBe(true)
  })

  test('a client that never reads is bounded and holds up nobody', async () => {
    const program = echo('--trigger', trigger)
    const port = await program.port()
    const other = await connectTo(port)
    const greedy = await connectTo(port)
    const ping = async () => {
      other.write('still there?')
      expect(`${await readBytes(other, 12)}`).toBe('still there?')
    }
    await ping()
    const before = residentBytes(program.child.pid)
    await jam(greedy, ping)
    expect(residentBytes(program.child.pid) - before).toBeLessThan(32 * 1024 * 1024)
    other.destroy()
    greedy.destroy()
  })

  test('answers what came before the end of the stream, then ends it too', async () => {
    const port = await echo('--trigger', trigger).port()
    const client = await connectTo(port)
    client.end('last words')
    expect(`${await readBytes(client, 1000)}`).toBe('last words')
  })

  test('a client over the limit is served when another one leaves', async () => {
    const port = await echo('--trigger', trigger, '--connections', '1').port()
    const first = await connectTo(port)
    first.write('a')
    expect(`${await readBytes(first, 1)}`).toBe('a')
    const second = await connectTo(port)
    second.write('b')
    first.write('c')
    expect(`${await readBytes(first, 1)}`).toBe('c')
    expect(second.read()).toBeNull()
    first.destroy()
    expect(`${await readBytes(second, 1)}`).toBe('b')
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s: answers what was received, then exits 0',
    async (signal) => {
      const program = echo('--trigger', trigger)
      const client = await connectTo(await program.port())
      client.write('ping')
      expect(`${await readBytes(client, 4)}`).toBe('ping')
      const ended = once(client, 'end')
      client.write('and this')
      // Over loopback, bytes that a write has handed over are in the server's socket.
      await new Promise<void>((resolve) => client.write('', () => resolve()))
      program.child.kill(signal)
      const rest = await readBytes(client, 8)
      expect(`${rest}`).toBe('and this')
      await ended
      expect(await program.exit()).toBe(0)
      expect(program.lines).toHaveLength(1)
      expect(program.stderr).toBe('')
    },
  )

  test('a client that does not read its answers cannot hold up a stop beyond --drain', async () => {
    const program = echo('--trigger', trigger, '--drain', '50')
    const port = await program.port()
    const other = await connectTo(port)
    await jam(await connectTo(port), async () => {
      other.write('!')
      await readBytes(other, 1)
    })
    program.child.kill('SIGTERM')
    expect(await program.exit()).toBe(0)
  })
})

describe('echo', () => {
  test('listens on IPv6, or says that this machine has none', async () => {
    const program = echo('--host', '::1')
    if (!hasIpv6Loopback()) {
      expect(await program.exit()).toBe(1)
      expect(program.stderr).toMatch(/EADDRNOTAVAIL|EAFNOSUPPORT/)
      return
    }
    const port = await program.port()
    expect(program.lines[0]).toBe(`listening on [::1]:${port}`)
    const client = await connectTo(port, '::1')
    client.end('six')
    expect(`${await readBytes(client, 100)}`).toBe('six')
  })

  test('a host that is no address exits 1 and says what it takes', async () => {
    const program = echo('--host', 'localhost')
    expect(await program.exit()).toBe(1)
    expect(program.stderr).toContain('--host must be an IPv4 or IPv6 address')
  })

  test('--idle closes a silent client', async () => {
    const port = await echo('--idle', '1').port()
    const client = await connectTo(port)
    client.resume()
    await once(client, 'end')
  })

  test('--help says what there is and exits 0', async () => {
    const program = new Program('echo', ['--help'])
    expect(await program.exit()).toBe(0)
    expect(program.lines.join('\n')).toContain('--trigger level|edge')
  })

  test.each([['--port', '70000'], ['--trigger', 'both'], ['--no-such-option']])(
    'a mistake in the options exits 2 and says which: %s %s',
    async (...args) => {
      const program = new Program('echo', args)
      expect(await program.exit()).toBe(2)
      expect(program.stderr).toContain(args[0])
      expect(program.lines).toEqual([])
    },
  )

  test('a port in use exits 1 and says so', async () => {
    const port = await echo().port()
    const second = new Program('echo', ['--port', String(port)])
    expect(await second.exit()).toBe(1)
    expect(second.stderr).toContain('EADDRINUSE')
    expect(second.stderr).toContain(`127.0.0.1:${port}: another program listens there`)
  })
})
