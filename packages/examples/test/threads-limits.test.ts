import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { close, read } from '@rearm/epoll-native/io'
import { AddressFamily, SocketFlag, SocketType, send, socketpair } from '@rearm/epoll-native/socket'
import { Interest, Reactor, type Registration } from '@rearm/reactor'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Session, Turn } from '../src/threads/connection/session.js'
import { Counters } from '../src/threads/counters.js'
import { LentSessions } from '../src/threads/lend/lent-sessions.js'
import { Questions } from '../src/threads/lend/questions.js'
import { StopFlag } from '../src/threads/lend/shared.js'
import { connectTo, jam, Program, readBytes } from './program.js'

const modes = ['lend', 'handoff', 'reuseport'] as const
const start = (mode: string, ...args: string[]) =>
  new Program('threads', ['--port', '0', '--mode', mode, '--threads', '2', ...args])

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

/** Asks for the server's state until it is as wished. */
async function until(
  port: number,
  wished: (state: { connections: number; workerCrashes: number }) => boolean,
) {
  for (let isThere = false; !isThere; ) {
    const socket = await connectTo(port)
    const answer = await ask(socket, 'STATS')
    socket.destroy()
    isThere = answer !== '' && wished(JSON.parse(answer.slice(3)))
  }
}

/** What a process has used of the CPUs, in ms; undefined once it is gone. */
function cpuTime(pid: number | undefined): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    // User and system time, in ticks of a hundredth of a second.
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return undefined
  }
}

describe.each(modes)('threads --mode %s', (mode) => {
  test('at the connection limit no client is dropped, however many come and go', async () => {
    const port = await start(mode, '--connections', '3').port()
    const answers = new Map<string, number>()
    const talk = async () => {
      for (let i = 0; i < 100; i++) {
        const socket = await connectTo(port)
        socket.write('ECHO hi\nQUIT\n')
        const answer = await readAll(socket)
        socket.destroy()
        answers.set(answer, (answers.get(answer) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: 12 }, talk))
    expect([...answers]).toEqual([['OK hi\nOK bye\n', 1200]])
  })

  test('without a free descriptor it answers who is connected, STATS too, and takes who waits when there is one', async () => {
    const args = ['--port', '0', '--mode', mode, '--threads', '2']
    const program = new Program('threads', args, 'ignore', 128)
    const port = await program.port()
    const [first, second] = [await connectTo(port), await connectTo(port)]
    const answered = new Set<Socket>()
    const hello = async (socket: Socket) => {
      expect(await ask(socket, 'ECHO x')).toBe('OK x')
      answered.add(socket)
    }
    await Promise.all([hello(first), hello(second)])
    const others = await Promise.all(Array.from({ length: 150 }, () => connectTo(port)))
    for (const socket of others) hello(socket).catch(() => {})
    // Stuck: everybody whom it has accepted is answered, nobody else is although it has had the time to try again and again,
    // and it says that it has no descriptor to look with.
    for (let unchanged = 0; unchanged < 20; ) {
      const { size } = answered
      expect(await ask(first, 'SLEEP 20')).toBe('OK slept 20')
      const state = JSON.parse((await ask(first, 'STATS')).slice(3))
      const isFull = [state.descriptors, state.audit, state.rss].every((each) => each === null)
      const isStuck = isFull && state.connections === size && size === answered.size
      unchanged = isStuck ? unchanged + 1 : 0
    }
    const { size } = answered
    expect(size).toBeLessThan(others.length)
    second.destroy()
    while (answered.size === size) expect(await ask(first, 'ECHO y')).toBe('OK y')
    for (const socket of others) socket.destroy()
    await until(port, ({ connections }) => connections === 2)
    program.child.kill('SIGTERM')
    expect(await program.exit()).toBe(0)
    expect(program.stderr).toBe('')
  })

  test('a peer that takes no answers burns no CPU while the server drains', async () => {
    const program = start(mode, '--drain', '2000')
    const port = await program.port()
    const other = await connectTo(port)
    const ping = async () => expect(await ask(other, 'SLEEP 1')).toBe('OK slept 1')
    await jam(await connectTo(port), ping, Buffer.from(`ECHO ${'x'.repeat(60_000)}\n`))
    const { pid } = program.child
    const began = performance.now()
    const before = cpuTime(pid) ?? 0
    let used = 0
    const look = setInterval(() => {
      used = (cpuTime(pid) ?? before + used) - before
    }, 20)
    program.child.kill('SIGTERM')
    expect(await program.exit()).toBe(0)
    clearInterval(look)
    // Spinning, it is most of the time, also beside others; and what it takes is a few hundredths, the end included.
    expect(used).toBeLessThan((performance.now() - began) / 4)
  })
})

describe('threads --mode lend', () => {
  test('a crash closes what the worker had served, and not who never had a turn', async () => {
    const port = await start('lend', '--threads', '1', '--chaos').port()
    const silent = await connectTo(port)
    const served = await connectTo(port)
    const victim = await connectTo(port)
    expect(await ask(served, 'ECHO x')).toBe('OK x')
    await until(port, ({ connections }) => connections === 4)
    victim.write('CRASH\n')
    expect(await readAll(victim)).toBe('')
    expect(await readAll(served)).toBe('')
    await until(port, ({ workerCrashes }) => workerCrashes === 1)
    expect(await ask(silent, 'ECHO still there')).toBe('OK still there')
  })
})

describe('LentSessions', () => {
  const reactors: Reactor[] = []
  afterEach(() => {
    vi.restoreAllMocks()
    for (const reactor of reactors.splice(0)) reactor.close()
  })

  function setUp(capacity: number) {
    const reactor = new Reactor({ capacity })
    reactors.push(reactor)
    const questions = new Questions(new SharedArrayBuffer(capacity), () => '{"a":"state"}')
    const sessions = new LentSessions(
      {
        reactor: reactor.share(),
        questions: questions.memory,
        stopping: new StopFlag().memory,
        counters: new Counters(1).memory,
        threads: 1,
        memory: 1,
        chaos: false,
      },
      0,
    )
    /** A connection that has sent something and is lent as often as it fires, and its peer. */
    const connect = (onFire: (registration: Registration) => void) => {
      const pair = new Int32Array(2)
      const type = SocketType.STREAM | SocketFlag.NONBLOCK | SocketFlag.CLOEXEC
      expect(socketpair(AddressFamily.UNIX, type, 0, pair)).toBe(0)
      const [fd = -1, peer = -1] = pair
      const ended = new Promise<void>((resolve) => {
        reactor.register(fd, Interest.READABLE, (_, registration) => onFire(registration), {
          mode: 'oneshot',
          onEnd: () => resolve(),
        })
      })
      return { fd, peer, ended }
    }
    const serve = (...registrations: Registration[]) =>
      sessions.serve(questions.lend(registrations))
    return { connect, serve }
  }

  test('a turn that throws ends its connection, and the job goes on with the next ticket', async () => {
    const report = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { connect, serve } = setUp(2)
    const fired: Registration[] = []
    const turns: number[] = []
    const fault = new Error('fault')
    let first = -1
    vi.spyOn(Session.prototype, 'turn').mockImplementation(function (this: Session) {
      turns.push(this.fd)
      if (this.fd === first) throw fault
      return Turn.OVER
    })
    const onFire = (registration: Registration) => {
      if (fired.push(registration) < 2) return
      first = fired[0]?.fd ?? -1
      serve(...fired)
    }
    const connections = [connect(onFire), connect(onFire)]
    for (const { peer } of connections) expect(send(peer, Buffer.from('x'))).toBe(1)
    await Promise.all(connections.map(({ ended }) => ended))
    expect(turns).toEqual(fired.map(({ fd }) => fd))
    expect(report.mock.calls).toEqual([[fault]])
    for (const { peer } of connections) close(peer)
  })

  test('what could not be re-armed leaves nothing behind for the next connection of its slot', async () => {
    const report = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { connect, serve } = setUp(1)
    const sessions: Session[] = []
    vi.spyOn(Session.prototype, 'turn').mockImplementation(function (this: Session) {
      sessions.push(this)
      // The first one's descriptor is closed behind everybody's back, so that the kernel refuses to arm it.
      if (sessions.length > 1) return Turn.OVER
      close(this.fd)
      return Turn.READ
    })
    for (let i = 0; i < 2; i++) {
      const { peer, ended } = connect((registration) => serve(registration))
      expect(send(peer, Buffer.from('x'))).toBe(1)
      await ended
      close(peer)
      // A slot can be had again after the batch in which it was freed.
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(sessions).toHaveLength(2)
    expect(sessions[1]).not.toBe(sessions[0])
    expect(report).toHaveBeenCalledTimes(1)
  })

  describe('a connection that the reactor has closed by itself leaves to the next one of its slot and number', () => {
    /** Serves what says `first`, has it closed, then serves what says `ECHO mine`, and returns what that one is answered. */
    async function answerAfter(
      first: string,
      serveFirst: (serve: () => void, registration: Registration) => void,
    ): Promise<string> {
      const { connect, serve } = setUp(1)
      const old = connect((registration) => serveFirst(() => serve(registration), registration))
      expect(send(old.peer, Buffer.from(first))).toBe(first.length)
      await old.ended
      close(old.peer)
      // A slot can be had again after the batch in which it was freed.
      await new Promise((resolve) => setImmediate(resolve))
      const next = connect((registration) => serve(registration))
      expect(next.fd).toBe(old.fd)
      expect(send(next.peer, Buffer.from('ECHO mine\nQUIT\n'))).toBe(15)
      const answer = Buffer.alloc(1000)
      let length = 0
      for (let count = -1; count !== 0; length += Math.max(count, 0)) {
        count = read(next.peer, answer.subarray(length))
        await new Promise((resolve) => setImmediate(resolve))
      }
      close(next.peer)
      await next.ended
      return answer.toString('utf8', 0, length)
    }

    test('no half line', async () => {
      const answer = await answerAfter('ECHO half a line of ', (serve, registration) => {
        serve()
        registration.close()
      })
      expect(answer).toBe('OK mine\nOK bye\n')
    })

    test('no half line, if it was closed during its turn', async () => {
      const { turn } = Session.prototype
      const answer = await answerAfter('ECHO half a line of ', (serve, registration) => {
        vi.spyOn(Session.prototype, 'turn').mockImplementationOnce(function (
          this: Session,
          ...args
        ) {
          const result = turn.apply(this, args)
          registration.close()
          return result
        })
        serve()
      })
      expect(answer).toBe('OK mine\nOK bye\n')
    })

    test('no answer to its question, nor what it was to be answered after that', async () => {
      const answer = await answerAfter('STATS\nECHO not yours\n', (serve, registration) => {
        serve()
        registration.close()
      })
      expect(answer).toBe('OK mine\nOK bye\n')
    })

    test('no end: it may have been told that of its own stream', async () => {
      const answer = await answerAfter('QUIT\n', (serve, registration) => {
        serve()
        // It lingers on loan, until its peer ends or time is up.
        registration.close()
      })
      expect(answer).toBe('OK mine\nOK bye\n')
    })
  })
})
