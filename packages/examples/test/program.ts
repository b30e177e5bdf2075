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

/** Writes to a peer that answers and whose answers are not read, until nothing moves any more. */
export async function jam(socket: Socket, progress: () => Promise<unknown>): Promise<void> {
  socket.pause()
  socket.write(Buffer.alloc(64 * 1024 * 1024))
  // Stuck: what waits here is unchanged although the server had many turns in between.
  for (let unchanged = 0; unchanged < 50; ) {
    const waiting = socket.writableLength
    await progress()
    unchanged = waiting === socket.writableLength && waiting > 0 ? unchanged + 1 : 0
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
