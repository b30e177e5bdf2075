import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach } from 'vitest'

const running = new Set<ChildProcess>()
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
})

/** An example program that runs as its user runs it. */
export class Program {
  readonly child: ChildProcess
  /** The lines that it has printed on standard output. */
  readonly lines: string[] = []
  stderr = ''
  readonly #ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  readonly #firstLine: Promise<unknown>

  /**
   * @param stdin its standard input: nothing, a pipe, or a descriptor of this process
   * @param descriptors how many it can have open
   */
  constructor(
    name: string,
    args: readonly string[],
    stdin: 'ignore' | 'pipe' | number = 'ignore',
    descriptors?: number,
  ) {
    const main = fileURLToPath(new URL(`../dist/${name}/main.js`, import.meta.url))
    const command = [process.execPath, main, ...args]
    if (descriptors !== undefined) {
      command.unshift('sh', '-c', `ulimit -n ${descriptors} && exec "$@"`, 'sh')
    }
    const [file = '', ...rest] = command
    this.child = spawn(file, rest, { stdio: [stdin, 'pipe', 'pipe'] })
    running.add(this.child)
    const { stdout, stderr } = this.child
    if (stdout === null || stderr === null) throw new Error('unreachable: both are pipes')
    const lines = createInterface(stdout)
    lines.on('line', (line) => this.lines.push(line))
    this.#firstLine = once(lines, 'line')
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.#ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        running.delete(this.child)
        resolve({ code, signal })
      })
    })
  }

  /** Waits for `listening on HOST:PORT` and returns the port. */
  async port(): Promise<number> {
    await this.heard()
    const port = /^listening on \S+:(\d+)$/.exec(this.lines[0] ?? '')?.[1]
    if (port === undefined) throw new Error(`no listening line: ${this.lines} ${this.stderr}`)
    return Number(port)
  }

  /** Waits for its first line, or its end. */
  async heard(): Promise<void> {
    await Promise.race([this.#firstLine, this.#ended])
  }

  /** Waits for the end and returns the exit status; a signal's name if one ended it. */
  async exit(): Promise<number | NodeJS.Signals | null> {
    const { code, signal } = await this.#ended
    return signal ?? code
  }
}

/** A connected client. */
export async function connectTo(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = createConnection({ port, host, allowHalfOpen: true })
  // A server that resets is an answer too: the tests look at what arrived.
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Reads until `length` bytes are there, or the stream ends. */
export function readBytes(socket: Socket, length: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const take = () => {
      for (let chunk: Buffer | null; size < length; size += chunk.length) {
        chunk = socket.read()
        if (chunk === null) break
        chunks.push(chunk)
      }
      if (size >= length || socket.readableEnded || socket.destroyed) finish()
    }
    const finish = () => {
      socket.off('readable', take).off('end', finish).off('close', finish)
      resolve(Buffer.concat(chunks))
    }
    socket.on('readable', take).on('end', finish).on('close', finish)
    take()
  })
}

/** More than the kernel and a server that is bounded take of it. */
const mostJammed = 64 * 1024 * 1024

/** Writes `piece` again and again to a peer that answers, and reads none of it, until nothing moves any more. */
export async function jam(
  socket: Socket,
  progress: () => Promise<unknown>,
  piece: Uint8Array = Buffer.alloc(65536),
): Promise<void> {
  socket.pause()
  let taken = 0
  // One at a time: how much of a larger write has gone is told only at its end.
  const feed = () => {
    socket.write(piece, () => {
      taken += piece.length
      if (taken < mostJammed && !socket.destroyed) feed()
    })
  }
  feed()
  // Stuck: no more was taken although the server had many turns in between.
  for (let unchanged = 0; unchanged < 50; ) {
    const before = taken
    await progress()
    unchanged = before === taken ? unchanged + 1 : 0
  }
}

/** How long the steps of an attempt take. */
export class Pace {
  /** The longest so far (ms). */
  longest = 0
  #since = performance.now()

  begin(): void {
    this.#since = performance.now()
  }

  step(): void {
    const now = performance.now()
    this.longest = Math.max(this.longest, now - this.#since)
    this.#since = now
  }
}

/**
 * Returns what came of an attempt in which no step took longer than `most` ms. After another one the server may have given this
 * process up, as it should have: that proves nothing, and the attempt is made again.
 */
export async function promptly<T>(most: number, attempt: (pace: Pace) => Promise<T>): Promise<T> {
  for (;;) {
    const pace = new Pace()
    const result = await attempt(pace)
    if (pace.longest <= most) return result
  }
}

/** The resident memory of a process, in bytes. */
export function residentBytes(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}

/** Whether this machine has the address `::1`; containers often do not. */
export function hasIpv6Loopback(): boolean {
  return Object.values(networkInterfaces())
    .flat()
    .some((entry) => entry?.address === '::1')
}
