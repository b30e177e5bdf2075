import { Worker } from 'node:worker_threads'
import { close } from '@rearm/epoll-native/io'
import { DescriptorReserve } from '../../program/descriptors.js'
import { refuse } from '../connection/acceptor.js'
import { Count, Counters } from '../counters.js'
import type { ThreadsOptions } from '../options.js'
import { DescriptorTable } from './descriptor-table.js'
import { Limit } from './limit.js'
import type { FromThread, Report, ThreadSetup, ToThread } from './messages.js'
import { ReactorTally } from './tally.js'

/** How long to wait before a thread that did not come up is started again; twice as long each time (ms). */
const shortestPause = 100
const longestPause = 5000

export interface CrewEvents {
  /** Somebody waits for room, and there is some. */
  readonly onRoom: () => void
  /** A connection of this thread asks for the server's state. */
  readonly onAsk: (thread: number) => void
}

/** The threads with a reactor of their own, seen from the main one: started, watched, replaced. */
export class Crew {
  readonly counters: Counters
  readonly descriptors = new DescriptorTable()
  readonly limit: Limit
  readonly tally = new ReactorTally()
  crashes = 0
  readonly #options: ThreadsOptions
  readonly #listeners: readonly number[]
  readonly #events: CrewEvents
  readonly #workers: (Worker | undefined)[] = []
  /** Who waits for a thread's report: it answers one after the other. */
  readonly #reports: ((report: Report | undefined) => void)[][]
  readonly #isReady: boolean[] = []
  /** Whether it has come up once: from then on it is replaced as long as the server lives. */
  readonly #hasBeenReady: boolean[] = []
  readonly #firstStart: Promise<void>
  #onStarted: () => void = () => {}
  #onNotStarted: (failure: Error) => void = () => {}
  readonly #reserve = new DescriptorReserve()
  /** By thread. */
  readonly #restarts = new Map<number, NodeJS.Timeout>()
  /** Starts that have failed since the last one that did not. */
  #failures = 0
  #isStopping = false
  #isTimeUp = false
  #whenGone: (() => void) | undefined

  /** @param listeners one per thread, or none: then connections are handed over */
  constructor(options: ThreadsOptions, listeners: readonly number[], events: CrewEvents) {
    this.#options = options
    this.#listeners = listeners
    this.#events = events
    this.counters = new Counters(options.threads)
    this.#reports = Array.from({ length: options.threads }, () => [])
    this.limit = new Limit(this.counters, options.threads, options.connections)
    this.#firstStart = new Promise((resolve, reject) => {
      this.#onStarted = resolve
      this.#onNotStarted = reject
    })
    for (let thread = 0; thread < options.threads; thread++) this.#start(thread)
  }

  /** How many threads there are. */
  get size(): number {
    return this.#options.threads
  }

  /** Resolves when every thread has come up for the first time. @throws {Error} why one did not */
  ready(): Promise<void> {
    return this.#firstStart
  }

  post(thread: number, message: ToThread): void {
    this.#workers[thread]?.postMessage(message)
  }

  postAll(message: ToThread): void {
    for (const worker of this.#workers) worker?.postMessage(message)
  }

  /** What each thread says of itself; those that die meanwhile are left out. */
  async reports(withAudit: boolean): Promise<Report[]> {
    const asked = this.#workers.flatMap((_, thread) => (this.#isReady[thread] ? [thread] : []))
    const answers = asked.map(
      (thread) =>
        new Promise<Report | undefined>((resolve) => {
          this.#reports[thread]?.push(resolve)
          this.post(thread, { type: 'report', withAudit })
        }),
    )
    return (await Promise.all(answers)).filter((report) => report !== undefined)
  }

  /** Before the last clients are accepted: also for those of a thread that is missing there is one. */
  prepareStop(): void {
    this.#isStopping = true
    this.limit.release()
    for (const [thread, restart] of this.#restarts) {
      clearTimeout(restart)
      this.#start(thread)
    }
  }

  /** After `prepareStop`. Resolves when every thread has answered what was received, or `ms` are over. */
  stop(ms: number): Promise<void> {
    // One that is starting hears it when it is up.
    this.postAll({ type: 'stop' })
    return new Promise((resolve) => {
      const deadline = setTimeout(() => {
        this.#isTimeUp = true
        for (const worker of this.#workers) void worker?.terminate()
      }, ms)
      this.#whenGone = () => {
        clearTimeout(deadline)
        resolve()
      }
      this.#endIfGone()
    })
  }

  get #areReady(): boolean {
    return this.#isReady.filter(Boolean).length === this.#options.threads
  }

  #start(thread: number): void {
    const { threads, connections, idle, memory, chaos } = this.#options
    const setup: ThreadSetup = {
      index: thread,
      threads,
      counters: this.counters.memory,
      descriptors: this.descriptors.memory,
      full: this.limit.memory,
      listener: this.#listeners[thread],
      connections,
      idle,
      memory,
      chaos,
    }
    const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData: setup })
    let failure: Error | undefined
    this.#workers[thread] = worker
    worker.on('message', (message: FromThread) => this.#hear(thread, message))
    worker.on('error', (error) => {
      failure = error
      // One that has not come up is told about when it is gone.
      if (this.#isReady[thread] === true && !this.#isStopping) console.error(error)
    })
    worker.on('exit', (code) => this.#bury(thread, code, failure))
  }

  #hear(thread: number, message: FromThread): void {
    switch (message.type) {
      case 'ready':
        this.#welcome(thread)
        return
      case 'room':
        this.#events.onRoom()
        return
      case 'ask':
        this.#events.onAsk(thread)
        return
      case 'report':
        this.tally.hear(thread, message.report.reactor)
        this.#reports[thread]?.shift()?.(message.report)
    }
  }

  #welcome(thread: number): void {
    this.#isReady[thread] = true
    this.#hasBeenReady[thread] = true
    this.#failures = 0
    if (!this.#areReady || this.#isStopping) return
    this.#reserve.take()
    this.#onStarted()
    this.limit.release()
    if (this.limit.takeWaiting()) this.#events.onRoom()
  }

  /** A thread is gone: what it had open is closed, and another takes its place. Meanwhile nobody takes the descriptors that it needs. */
  #bury(thread: number, code: number, failure: Error | undefined): void {
    const wasReady = this.#isReady[thread] === true
    this.#workers[thread] = undefined
    this.#isReady[thread] = false
    if (!this.#isStopping) this.limit.hold()
    this.#reserve.release()
    this.tally.bury(thread)
    for (const fd of this.descriptors.takeAll(thread)) close(fd)
    this.counters.row(thread)[Count.CLOSED] = this.counters.of(thread, Count.OPENED)
    for (const resolve of this.#reports[thread]?.splice(0) ?? []) resolve(undefined)
    if (this.#isStopping) {
      // It may have died before it heard of the stop: who waits for it is another one's.
      if (code !== 0 && wasReady && !this.#isTimeUp) {
        this.#start(thread)
        this.post(thread, { type: 'stop' })
        return
      }
      this.#refuseAt(thread)
      this.#endIfGone()
    } else if (wasReady) {
      this.crashes++
      this.#start(thread)
    } else {
      this.#retry(thread, failure ?? new Error('a worker thread ended before it was ready'))
    }
  }

  #retry(thread: number, failure: Error): void {
    if (this.#hasBeenReady[thread] !== true) {
      this.#onNotStarted(failure)
      return
    }
    const pause = Math.min(shortestPause * 2 ** this.#failures, longestPause)
    if (this.#failures++ === 0) {
      console.error(`a thread cannot be replaced yet, and is tried again: ${failure.message}`)
    }
    const restart = setTimeout(() => {
      this.#restarts.delete(thread)
      this.#start(thread)
    }, pause)
    this.#restarts.set(thread, restart)
  }

  /** A thread that is not there any more may not have come to that. */
  #refuseAt(thread: number): void {
    const listener = this.#listeners[thread]
    if (listener !== undefined) refuse(listener)
  }

  #endIfGone(): void {
    if (this.#workers.every((worker) => worker === undefined)) this.#whenGone?.()
  }
}
