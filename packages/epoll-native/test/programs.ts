import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

const dist = new URL('../dist/', import.meta.url)
/** The root of the package. */
export const packageRoot = fileURLToPath(new URL('..', import.meta.url))

const imports = `
const ioUrl = ${JSON.stringify(new URL('io/index.js', dist).href)}
const rearm = await import(${JSON.stringify(new URL('index.js', dist).href)})
const io = await import(ioUrl)
const net = await import(${JSON.stringify(new URL('socket/index.js', dist).href)})
`

export interface Outcome {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs an ES module in a process of its own and collects what it says. */
export function runSource(source: string, nodeOptions: readonly string[] = []): Promise<Outcome> {
  return new Promise((resolve) => {
    const args = [...nodeOptions, '--input-type=module', '--eval', source]
    const child = execFile(process.execPath, args, { timeout: 50_000 }, (_, stdout, stderr) =>
      resolve({ status: child.exitCode, signal: child.signalCode, stdout, stderr }),
    )
  })
}

/** The same, with the built package as `rearm`, `io` and `net`. */
export function runProgram(source: string, nodeOptions?: readonly string[]): Promise<Outcome> {
  return runSource(imports + source, nodeOptions)
}

/** JavaScript for a thread: returns once the thread `tid` of this process sleeps in a system call. */
export const untilAsleep = `
const untilAsleep = (tid) => {
  const { readFileSync } = process.getBuiltinModule?.('node:fs') ?? require('node:fs')
  while (!/\\) S /.test(readFileSync('/proc/self/task/' + tid + '/stat', 'latin1'))) {}
}
`

/** A thread of this process that runs `source`, with `rearm`, `io`, `net`, `parentPort` and `workerData`. */
export class Thread {
  readonly worker: Worker
  readonly #messages: unknown[] = []
  readonly #exit: Promise<unknown>

  constructor(source: string, workerData?: unknown) {
    const code = `
      const { parentPort, workerData } = require('node:worker_threads')
      ${untilAsleep}
      ;(async () => { ${imports}; ${source} })()
    `
    this.worker = new Worker(code, { eval: true, workerData })
    this.worker.on('message', (message) => this.#messages.push(message))
    this.#exit = once(this.worker, 'exit')
    this.#exit.catch(() => undefined)
  }

  /** The next message; rejects when the thread fails. */
  async message(): Promise<unknown> {
    while (this.#messages.length === 0) await once(this.worker, 'message')
    return this.#messages.shift()
  }

  /** Waits until the thread has ended by itself. */
  async ended(): Promise<void> {
    await this.#exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.terminate()
  }
}
