import { close } from '@rearm/epoll-native/io'
import { Reactor } from '@rearm/reactor'
import {
  JobModuleError,
  QueueClosedError,
  type ThreadExitInfo,
  WorkerExitError,
} from '@rearm/workqueue'
import { type Listener, openListener } from '../../program/listener.js'
import { Acceptor } from '../connection/acceptor.js'
import { Count, Counters } from '../counters.js'
import { answeringTime, closing, idleParts } from '../deadlines.js'
import type { ThreadsOptions } from '../options.js'
import type { Server } from '../server.js'
import {
  countDifferences,
  openDescriptors,
  residentBytes,
  type ServerState,
  Snapshot,
  summarize,
} from '../state.js'
import { Clients } from './clients.js'
import { Lending } from './composition.js'
import { Questions, type Serve } from './questions.js'
import { Replacement } from './replacement.js'
import { type LendingSetup, StopFlag } from './shared.js'

/** How often a stopping server looks for connections that wait for input (ms). */
const stopSweep = 20
/** Beside the connections: the listener. */
const ownSlots = 1

/** One reactor thread accepts and waits; each ready connection is lent to the worker that has its state. */
export class LendingServer implements Server {
  readonly #options: ThreadsOptions
  readonly #listener: Listener
  readonly #reactor: Reactor
  readonly #lending: Lending
  readonly #acceptor: Acceptor
  readonly #replacement: Replacement
  readonly #stopping = new StopFlag()
  readonly #counters: Counters
  readonly #clients: Clients
  readonly #text = new Snapshot<string>()
  #idleSweep: NodeJS.Timeout | undefined
  #crashes = 0
  #whenEmpty: (() => void) | undefined

  /** Listens, and resolves when the workers are ready. @throws {SystemError} when it cannot listen there */
  static async start(options: ThreadsOptions): Promise<LendingServer> {
    const server = new LendingServer(options)
    await server.#lending.queue.ready()
    server.#replacement.prepare()
    server.#acceptor.release()
    return server
  }

  private constructor(options: ThreadsOptions) {
    const { threads, capacity, connections, memory, chaos, host, port, idle } = options
    this.#options = options
    this.#counters = new Counters(threads)
    this.#listener = openListener(host, port)
    // Slots that are freed in a batch are free after it: all connections may end in one, and as many be accepted.
    const slots = 2 * connections + ownSlots
    this.#reactor = new Reactor({ capacity: slots })
    const questions = new Questions(new SharedArrayBuffer(slots), () => this.#answer())
    const workerData: LendingSetup = {
      reactor: this.#reactor.share(),
      questions: questions.memory,
      stopping: this.#stopping.memory,
      counters: this.#counters.memory,
      threads,
      memory,
      chaos,
    }
    this.#lending = new Lending(this.#reactor, questions, {
      threads,
      capacity,
      workerData,
      onThreadExit: (exit) => this.#bury(exit),
      onError: (error) => {
        // The ticket of a worker that is gone: `bury` has closed the connection. Or time is up, and `closeAll` has.
        if (error instanceof WorkerExitError || error instanceof QueueClosedError) return
        if (!(error instanceof JobModuleError)) throw error
        this.#clients.closeForsaken(error.job?.input as Serve)
      },
    })
    this.#clients = new Clients(this.#lending, threads, () => this.#makeRoom())
    this.#acceptor = new Acceptor(this.#reactor, this.#listener.fd, {
      hasRoom: () => this.#clients.size < connections,
      accepted: (fd) => this.#clients.welcome(fd),
    })
    this.#acceptor.hold()
    this.#replacement = new Replacement({
      ready: () => this.#lending.queue.ready(),
      hold: () => this.#acceptor.hold(),
      release: () => {
        if (!this.#stopping.isSet) this.#acceptor.release()
      },
    })
    if (idle > 0) {
      this.#idleSweep = setInterval(() => this.#clients.endIdle(), (idle * 1000) / idleParts)
    }
  }

  get where(): string {
    return this.#listener.where
  }

  state(withAudit: boolean): Promise<ServerState> {
    return Promise.resolve(this.#state(withAudit))
  }

  stop(): Promise<void> {
    clearInterval(this.#idleSweep)
    this.#replacement.stop()
    this.#acceptor.stop()
    close(this.#listener.fd)
    this.#stopping.set()
    return new Promise((resolve) => {
      const sweep = setInterval(() => this.#clients.wakeAll(), stopSweep)
      const deadline = setTimeout(() => this.#closeAll(), answeringTime(this.#options.drain))
      this.#whenEmpty = () => {
        clearInterval(sweep)
        clearTimeout(deadline)
        this.#reactor.close()
        resolve(this.#lending.queue.close({ mode: 'discard', timeout: closing }))
      }
      this.#clients.wakeAll()
      this.#endIfEmpty()
    })
  }

  /** A connection has ended. */
  #makeRoom(): void {
    if (this.#acceptor.isPaused && !this.#stopping.isSet) this.#acceptor.resume()
    this.#endIfEmpty()
  }

  /** A worker is gone: another takes its place, and what cannot be served any more is closed. */
  #bury({ index, threadId, wasStopped }: ThreadExitInfo): void {
    if (!wasStopped && !this.#stopping.isSet) void this.#replacement.begin()
    if (!wasStopped) this.#crashes++
    this.#clients.closeServedBy(index)
    this.#reactor.reclaim(threadId)
  }

  /** Time is up. */
  #closeAll(): void {
    this.#clients.closeAll()
    // A worker in the middle of something is not waited for.
    this.#end()
  }

  #endIfEmpty(): void {
    if (this.#clients.size === 0) this.#end()
  }

  #end(): void {
    const end = this.#whenEmpty
    this.#whenEmpty = undefined
    end?.()
  }

  #answer(): string {
    return this.#text.get(() => JSON.stringify(this.#state(true)))
  }

  #state(withAudit: boolean): ServerState {
    const counters = this.#counters
    const stats = this.#lending.queue.stats()
    return {
      mode: 'lend',
      threads: this.#options.threads,
      connections: this.#clients.size,
      accepted: this.#clients.accepted,
      closed: this.#clients.accepted - this.#clients.size,
      requests: counters.sum(Count.REQUESTS),
      perThread: this.#clients.loads.map((connections, thread) => ({
        connections,
        requests: counters.of(thread, Count.REQUESTS),
        jobs: counters.of(thread, Count.JOBS),
      })),
      queue: {
        waiting: stats.waiting,
        capacity: stats.capacity,
        held: this.#lending.fired.flat().length,
      },
      reactor: summarize([this.#reactor.stats()]),
      lends: this.#clients.lends,
      rearms: counters.sum(Count.REARMS),
      returned: counters.sum(Count.RETURNED),
      workerCrashes: this.#crashes,
      held: counters.sum(Count.HELD),
      descriptors: withAudit ? openDescriptors() : 0,
      audit: withAudit ? this.#countDifferences() : null,
      rss: residentBytes(),
    }
  }

  #countDifferences(): number | null {
    const count = countDifferences(this.#reactor)
    // A worker that re-arms between the two readings makes a difference that is none.
    return count !== null && count > 0 && this.#clients.isAnyLent ? null : count
  }
}
