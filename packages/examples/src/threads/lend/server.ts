import { close } from '@rearm/epoll-native/io'
import { ShutdownMode, shutdown } from '@rearm/epoll-native/socket'
import { Interest, Reactor, type Registration } from '@rearm/reactor'
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
  ifReadable,
  openDescriptors,
  residentBytes,
  type ServerState,
  Snapshot,
  summarize,
} from '../state.js'
import { Lending } from './composition.js'
import { Questions, type Serve } from './questions.js'
import { Replacement } from './replacement.js'
import { type LendingSetup, StopFlag } from './shared.js'

/** How often a stopping server looks for connections that wait for input (ms). */
const stopSweep = 20
/** Beside the connections: the listener. */
const ownSlots = 1

interface Client {
  readonly registration: Registration
  readonly worker: number
  /** The idle sweep before which it fired last. */
  firedIn: number
  /** How often it fired. */
  fires: number
}

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
  readonly #clients = new Set<Client>()
  /** Connections of each worker. */
  readonly #loads: number[]
  readonly #audit = new Snapshot<Pick<ServerState, 'audit' | 'descriptors'>>()
  readonly #text = new Snapshot<string>()
  #idleSweep: NodeJS.Timeout | undefined
  #sweeps = 0
  #accepted = 0
  #lends = 0
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
    this.#loads = new Array<number>(threads).fill(0)
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
        this.#forsake(error.job?.input as Serve)
      },
    })
    this.#acceptor = new Acceptor(this.#reactor, this.#listener.fd, {
      hasRoom: () => this.#clients.size < connections,
      accepted: (fd) => this.#welcome(fd),
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
      this.#idleSweep = setInterval(() => this.#endIdle(), (idle * 1000) / idleParts)
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
    this.#acceptor.stop()
    close(this.#listener.fd)
    this.#stopping.set()
    return new Promise((resolve) => {
      const sweep = setInterval(() => this.#wakeAll(), stopSweep)
      const deadline = setTimeout(() => this.#closeAll(), answeringTime(this.#options.drain))
      this.#whenEmpty = () => {
        clearInterval(sweep)
        clearTimeout(deadline)
        this.#reactor.close()
        resolve(this.#lending.queue.close({ mode: 'discard', timeout: closing }))
      }
      this.#wakeAll()
      this.#endIfEmpty()
    })
  }

  #welcome(fd: number): void {
    const worker = this.#loads.indexOf(Math.min(...this.#loads))
    const registration = this.#lending.add(
      fd,
      worker,
      () => {
        this.#lends++
        client.firedIn = this.#sweeps
        client.fires++
      },
      () => this.#farewell(client),
    )
    const client: Client = { registration, worker, firedIn: this.#sweeps, fires: 0 }
    this.#loads[worker] = (this.#loads[worker] ?? 0) + 1
    this.#clients.add(client)
    this.#accepted++
  }

  #farewell(client: Client): void {
    this.#loads[client.worker] = (this.#loads[client.worker] ?? 0) - 1
    this.#clients.delete(client)
    if (this.#acceptor.isPaused && !this.#stopping.isSet) this.#acceptor.resume()
    this.#endIfEmpty()
  }

  /** A worker is gone, and with it what its connections had sent and were owed: an answer out of order is worse than none. */
  #bury({ index, threadId, wasStopped }: ThreadExitInfo): void {
    if (!wasStopped && !this.#stopping.isSet) void this.#replacement.begin()
    if (!wasStopped) this.#crashes++
    const fired = new Set(this.#lending.fired.flat())
    for (const { registration, worker, fires } of this.#clients) {
      // What was never lent has lost nothing: the next worker of that number serves it.
      const lends = fires - (fired.has(registration) ? 1 : 0)
      if (worker === index && lends > 0) registration.close()
    }
    this.#reactor.reclaim(threadId)
  }

  /** The worker of these does not come up: nobody would ever answer them. */
  #forsake({ tickets }: Serve): void {
    const slots = new Set(tickets.filter((_, index) => index % 2 === 0))
    for (const { registration } of this.#clients) {
      if (slots.has(registration.slot)) registration.close()
    }
  }

  /** Ends what has been silent for too long. Its worker learns of it as of any other end. */
  #endIdle(): void {
    const oldest = ++this.#sweeps - idleParts
    const fired = new Set(this.#lending.fired.flat())
    for (const client of this.#clients) {
      const { registration } = client
      if (registration.lent || fired.has(registration)) client.firedIn = this.#sweeps
      else if (client.firedIn < oldest) shutdown(registration.fd, ShutdownMode.BOTH)
    }
  }

  /** While the server stops: a worker answers what was received, and ends the connection. */
  #wakeAll(): void {
    const fired = new Set(this.#lending.fired.flat())
    for (const { registration } of this.#clients) {
      if (registration.lent || fired.has(registration)) continue
      // A peer that takes no answers: it fires when there is room.
      if (registration.interest === Interest.WRITABLE) continue
      registration.modify(Interest.READABLE | Interest.WRITABLE)
    }
  }

  /** Time is up. */
  #closeAll(): void {
    for (const { registration } of this.#clients) registration.close()
    // What is on loan was shut down, and comes back; a worker in the middle of something is not waited for.
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
    const costly = () => ({ descriptors: openDescriptors(), audit: this.#countDifferences() })
    return {
      mode: 'lend',
      threads: this.#options.threads,
      connections: this.#clients.size,
      accepted: this.#accepted,
      closed: this.#accepted - this.#clients.size,
      requests: counters.sum(Count.REQUESTS),
      perThread: this.#loads.map((connections, thread) => ({
        connections,
        requests: counters.of(thread, Count.REQUESTS),
      })),
      queue: {
        waiting: stats.waiting,
        capacity: stats.capacity,
        held: this.#lending.fired.flat().length,
      },
      reactor: summarize([this.#reactor.stats()]),
      lends: this.#lends,
      rearms: counters.sum(Count.REARMS),
      returned: counters.sum(Count.RETURNED),
      workerCrashes: this.#crashes,
      held: counters.sum(Count.HELD),
      ...(withAudit ? this.#audit.get(costly) : { descriptors: 0, audit: null }),
      rss: residentBytes(),
    }
  }

  #countDifferences(): number | null {
    const audit = ifReadable(() => this.#reactor.audit())
    if (audit === null) return null
    const { missing, ghosts, wrong, empty } = audit
    if (empty) return 0
    // A worker that re-arms between the two readings makes a difference that is none.
    for (const { registration } of this.#clients) if (registration.lent) return null
    return missing.length + ghosts.length + wrong.length
  }
}
