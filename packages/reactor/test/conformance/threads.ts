import { Worker } from 'node:worker_threads'
import { expect } from 'vitest'
import type { Reactor, Ticket } from '../../src/index.js'

/** What a borrower answers to a job: its result, or the error's. */
export interface Answer {
  readonly result?: unknown
  readonly code?: string
  readonly message?: string
}

export type BorrowerJob =
  | { readonly name: 'rearm'; readonly ticket: Ticket; readonly interest?: number }
  | { readonly name: 'answer'; readonly ticket: Ticket }
  | { readonly name: 'hold'; readonly ticket: Ticket; readonly end: 'rearm' | 'finish' }
  | { readonly name: 'returnSlowly'; readonly ticket: Ticket }

/** Starts a worker of `workers/`, and waits until it ends by itself at the end of the test. */
export function startWorker(name: string, workerData: unknown): Worker {
  return new Worker(new URL(`./workers/${name}.mjs`, import.meta.url), { workerData })
}

/** The next message of a worker; its error, if it has one first. */
export function nextMessage<T>(worker: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
    }
    const onMessage = (message: T) => {
      settle()
      resolve(message)
    }
    const onError = (error: Error) => {
      settle()
      reject(error)
    }
    const onExit = (code: number) => {
      settle()
      reject(new Error(`the worker ended with ${code}`))
    }
    worker.on('message', onMessage).on('error', onError).on('exit', onExit)
  })
}

/** Waits until a worker has ended. */
export function ended(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.on('exit', resolve).on('error', reject)
  })
}

/** Waits, blocking this thread, until a word of shared memory is at least `value`. */
export function waitForWord(words: Int32Array, index: number, value: number): void {
  for (;;) {
    const seen = Atomics.load(words, index)
    if (seen >= value) return
    expect(Atomics.wait(words, index, seen, 50_000)).not.toBe('timed-out')
  }
}

/** Sets a word of shared memory and wakes who waits for it. */
export function setWord(words: Int32Array, index: number, value: number): void {
  Atomics.store(words, index, value)
  Atomics.notify(words, index)
}

export function sharedWords(count: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * count))
}

/** A worker with a loan desk, in step with the test: `workers/borrower.mjs`. */
export class Borrower {
  readonly #worker: Worker
  readonly #gate = sharedWords(2)
  readonly threadId: number

  private constructor(reactor: Reactor) {
    this.#worker = startWorker('borrower', { shared: reactor.share(), gate: this.#gate.buffer })
    this.threadId = this.#worker.threadId
  }

  static async start(reactor: Reactor): Promise<Borrower> {
    const borrower = new Borrower(reactor)
    expect(await nextMessage<Answer>(borrower.#worker)).toEqual({ result: 'ready' })
    return borrower
  }

  /** Gives it a job without waiting. */
  post(job: BorrowerJob): void {
    setWord(this.#gate, 0, 0)
    setWord(this.#gate, 1, 0)
    this.#worker.postMessage(job)
  }

  answer(): Promise<Answer> {
    return nextMessage<Answer>(this.#worker)
  }

  /** Blocks until it has come to a step of its job. */
  arrived(step: number): void {
    waitForWord(this.#gate, 0, step)
  }

  letOn(step: number): void {
    setWord(this.#gate, 1, step)
  }

  async end(): Promise<void> {
    const over = ended(this.#worker)
    this.#worker.postMessage('end')
    await over
  }

  /** Ends it wherever it is. */
  async kill(): Promise<void> {
    await this.#worker.terminate()
  }
}
