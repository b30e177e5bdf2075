import { close } from '@rearm/epoll-native/io'
import { Reactor } from '@rearm/reactor'
import { type Listener, openListener } from '../../program/listener.js'
import type { Acceptor } from '../connection/acceptor.js'
import { Count } from '../counters.js'
import { answeringTime } from '../deadlines.js'
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
import { Crew } from './crew.js'
import { handOff } from './handoff.js'
import type { Report } from './messages.js'

/** A reactor in each thread: whole connections are theirs, handed over here or accepted there. */
export class ReactorsServer implements Server {
  readonly #options: ThreadsOptions
  /** One in the mode handoff, one per thread in reuseport. */
  readonly #listeners: readonly Listener[]
  readonly #crew: Crew
  readonly #text = new Snapshot<Promise<string>>()
  #acceptance: { readonly acceptor: Acceptor; readonly reactor: Reactor } | undefined

  /** Listens, and resolves when the threads are ready. @throws {SystemError} when it cannot listen there */
  static async start(options: ThreadsOptions): Promise<ReactorsServer> {
    const server = new ReactorsServer(options)
    await server.#crew.ready()
    server.#accept()
    return server
  }

  private constructor(options: ThreadsOptions) {
    this.#options = options
    const isShared = options.mode === 'reuseport'
    this.#listeners = openListeners(options.host, options.port, isShared ? options.threads : 1)
    this.#crew = new Crew(options, isShared ? this.#listeners.map(({ fd }) => fd) : [], {
      onRoom: () => {
        this.#acceptance?.acceptor.resume()
        this.#crew.postAll({ type: 'room' })
      },
      onAsk: (thread) => void this.#answer(thread),
    })
  }

  get where(): string {
    return this.#listeners[0]?.where ?? ''
  }

  async state(withAudit: boolean): Promise<ServerState> {
    const { mode, threads } = this.#options
    const { counters, crashes, tally } = this.#crew
    const reports = await this.#crew.reports(withAudit)
    const accepted = counters.sum(Count.OPENED)
    const closed = counters.sum(Count.CLOSED)
    const own = this.#acceptance?.reactor
    const perThread = Array.from({ length: threads }, (_, thread) => ({
      connections: counters.open(thread),
      requests: counters.of(thread, Count.REQUESTS),
    }))
    return {
      mode,
      threads,
      connections: accepted - closed,
      accepted,
      closed,
      requests: counters.sum(Count.REQUESTS),
      perThread,
      reactor: summarize([tally.total(), ...(own === undefined ? [] : [own.stats()])]),
      workerCrashes: crashes,
      held: counters.sum(Count.HELD),
      descriptors: withAudit ? openDescriptors() : 0,
      audit: withAudit ? this.#sumAudits(reports) : null,
      rss: residentBytes(),
    }
  }

  async stop(): Promise<void> {
    this.#crew.prepareStop()
    this.#acceptance?.acceptor.stop()
    await this.#crew.stop(answeringTime(this.#options.drain))
    this.#acceptance?.reactor.close()
    for (const { fd } of this.#listeners) close(fd)
  }

  #accept(): void {
    const [listener] = this.#listeners
    if (this.#options.mode !== 'handoff' || listener === undefined) return
    const reactor = new Reactor()
    this.#acceptance = { reactor, acceptor: handOff(reactor, listener.fd, this.#crew) }
  }

  /** Null: a thread is missing, or a list could not be read. */
  #sumAudits(reports: readonly Report[]): number | null {
    if (reports.length < this.#options.threads) return null
    const own = this.#acceptance === undefined ? 0 : countDifferences(this.#acceptance.reactor)
    return reports.reduce<number | null>(
      (sum, { audit }) => (sum === null || audit === null ? null : sum + audit),
      own,
    )
  }

  async #answer(thread: number): Promise<void> {
    const state = await this.#text.get(async () => JSON.stringify(await this.state(true)))
    this.#crew.post(thread, { type: 'state', state })
  }
}

function openListeners(host: string, port: number, count: number): Listener[] {
  const listeners: Listener[] = []
  try {
    for (let i = 0; i < count; i++) {
      // The first one may pick the port.
      listeners.push(openListener(host, listeners[0]?.port ?? port, { reusePort: count > 1 }))
    }
    return listeners
  } catch (error) {
    for (const { fd } of listeners) close(fd)
    throw error
  }
}
