import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const example = fileURLToPath(new URL('../../dist/threads/main.js', import.meta.url))
const LISTENING = /^listening on \S+:(\d+)$/m

/** The server, started as its user starts it, and seen from outside: by its port, its exit and /proc. */
export class ServerProcess {
  stderr = ''
  /** How many connections to it were begun here: all that it can have accepted. */
  connects = 0
  #child
  #ended

  /** Starts it and resolves when it listens. @param {string[]} args @param {string} [program] the example, if none */
  static async start(args, program = example) {
    const server = new ServerProcess(args, program)
    await server.#listen()
    return server
  }

  constructor(args, program) {
    this.#child = spawn(process.execPath, [program, '--port', '0', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#ended = once(this.#child, 'close').then(([status, signal]) => signal ?? status)
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.stderr += text
    })
    // Whatever becomes of the soak, no server is left behind.
    process.once('exit', () => this.#child.kill('SIGKILL'))
  }

  get isRunning() {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  async #listen() {
    let output = ''
    this.#child.stdout.setEncoding('utf8')
    this.port = await new Promise((resolve, reject) => {
      this.#child.stdout.on('data', (text) => {
        output += text
        const found = LISTENING.exec(output)
        if (found) resolve(Number(found[1]))
      })
      void this.#ended.then((end) =>
        reject(new Error(`the server ended (${end}) before it listened: ${this.stderr}`)),
      )
    })
  }

  /** Begins a connection to it. @param {import('node:net').NetConnectOpts} [options] */
  connect(options) {
    this.connects++
    return createConnection({ port: this.port, host: '127.0.0.1', ...options })
  }

  /** How many descriptors it has open. */
  descriptors() {
    return readdirSync(`/proc/${this.#child.pid}/fd`).length
  }

  /** The same as soon as there are `wished`, or after so many ms. */
  async settled(wished, patience) {
    const end = performance.now() + patience
    while (this.descriptors() !== wished && performance.now() < end) await sleep(100)
    return this.descriptors()
  }

  /** Whether all that was sent to it on any connection has arrived in its kernel, which has acknowledged it. */
  hasReceivedAll() {
    const [, ...lines] = readFileSync('/proc/net/tcp', 'utf8').trimEnd().split('\n')
    const suffix = `:${this.port.toString(16).toUpperCase().padStart(4, '0')}`
    return lines.every((line) => {
      const [, , remote, , queues] = line.trim().split(/\s+/)
      return !remote.endsWith(suffix) || queues.startsWith('00000000:')
    })
  }

  /** Its resident memory in MiB. */
  memory() {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
  }

  /** CPU seconds so far. */
  cpu() {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(') ')[1].split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  }

  /** Sends SIGTERM and resolves with the exit status, or the name of the signal that ended it. */
  async terminate() {
    this.#child.kill('SIGTERM')
    return this.#ended
  }

  /** What ends it ahead of time is told to `report`, until it is asked to end. */
  onEnd(report) {
    void this.#ended.then(report)
  }
}
