import { Epoll, EpollEvents, EpollFlag, EpollWatcher, Errno } from '@rearm/epoll-native'
import { close, IoBuffer } from '@rearm/epoll-native/io'
import { accept4, SocketFlag } from '@rearm/epoll-native/socket'
import { type Listener, openListener } from '../program/listener.js'
import { Connection, Echo } from './connection.js'
import type { EchoOptions } from './options.js'

const acceptsPerTurn = 64
const readsPerTurn = 16
const bufferSize = 65536
/** How long to wait for a free descriptor number before accepting again (ms). */
const acceptPause = 100

// The token's high half of the listener; clients count from 1.
const listenerGeneration = 0

const { IN, OUT, RDHUP, ET } = EpollFlag

/**
 * An echo server on the raw layer alone: one epoll, one watcher on Node's own loop, a table of connections by
 * descriptor. Everything that the reactor package does for you is done here by hand.
 */
export class EchoServer {
  readonly #options: EchoOptions
  readonly #listener: Listener
  readonly #epoll = new Epoll()
  readonly #events = new EpollEvents(1024)
  readonly #buffer = new IoBuffer(bufferSize)
  readonly #watcher: EpollWatcher
  readonly #connections = new Map<number, Connection>()
  /** Edge-triggered clients whose turn ended before their input: no further edge will tell of it. */
  readonly #busy = new Set<Connection>()
  readonly #idleSweep: NodeJS.Timeout | undefined
  #generation = listenerGeneration
  #accepting = true
  #resumeAccepting: NodeJS.Timeout | undefined
  #continuing = false
  #stopping = false
  #stopped: (() => void) | undefined

  /** @throws {SystemError} when it cannot listen there */
  constructor(options: EchoOptions) {
    this.#options = options
    this.#listener = openListener(options.host, options.port)
    this.#epoll.add(this.#listener.fd, IN, this.#listener.fd, listenerGeneration)
    this.#watcher = new EpollWatcher(this.#epoll, this.#events, (count) => this.#dispatch(count))
    if (options.idle > 0) {
      this.#idleSweep = setInterval(() => this.#closeIdle(), (options.idle * 1000) / 4)
      this.#idleSweep.unref()
    }
  }

  /** Where it listens: `127.0.0.1:7007`. */
  get where(): string {
    return this.#listener.where
  }

  /** Stops accepting, answers what was received, and resolves when every client is closed. */
  stop(): Promise<void> {
    clearInterval(this.#idleSweep)
    clearTimeout(this.#resumeAccepting)
    this.#stopping = true
    this.#accepting = false
    this.#epoll.delete(this.#listener.fd)
    close(this.#listener.fd)
    return new Promise((resolve) => {
      const deadline = setTimeout(() => this.#closeAll(), this.#options.drain)
      this.#stopped = () => {
        clearTimeout(deadline)
        this.#watcher.close()
        this.#epoll.close()
        this.#buffer.release()
        resolve()
      }
      for (const connection of [...this.#connections.values()]) this.#serve(connection)
      this.#endIfDone()
    })
  }

  #dispatch(count: number): void {
    for (let index = 0; index < count; index++) {
      const fd = this.#events.tokenLow(index)
      const generation = this.#events.tokenHigh(index)
      if (generation === listenerGeneration) {
        if (this.#accepting) this.#accept()
        continue
      }
      // An event of a batch is older than what the handlers before it did: the number may be another client's now.
      const connection = this.#connections.get(fd)
      if (connection?.generation === generation) this.#serve(connection)
    }
    this.#endIfDone()
  }

  #accept(): void {
    for (let turn = 0; turn < acceptsPerTurn; turn++) {
      if (this.#connections.size >= this.#options.connections) {
        this.#pauseAccepting()
        return
      }
      const fd = accept4(this.#listener.fd, SocketFlag.NONBLOCK | SocketFlag.CLOEXEC)
      if (fd === -Errno.EAGAIN) return
      if (fd === -Errno.EMFILE || fd === -Errno.ENFILE) {
        this.#pauseAccepting(acceptPause)
        return
      }
      // Whatever else: that one went away (ECONNABORTED, a network error); the next may be well.
      if (fd >= 0) this.#register(fd)
    }
  }

  #register(fd: number): void {
    this.#generation = this.#generation === 0xffffffff ? 1 : this.#generation + 1
    const connection = new Connection(fd, this.#generation, performance.now())
    const events = this.#options.trigger === 'edge' ? IN | OUT | RDHUP | ET : IN | RDHUP
    try {
      this.#epoll.add(fd, events, fd, connection.generation)
    } catch (error) {
      close(fd)
      throw error
    }
    this.#connections.set(fd, connection)
  }

  #serve(connection: Connection): void {
    const wasBlocked = connection.hasUnsent
    const outcome = connection.echo(this.#buffer, readsPerTurn)
    connection.lastActive = performance.now()
    if (outcome === Echo.OVER || (this.#stopping && outcome === Echo.DRAINED)) {
      this.#close(connection)
    } else if (this.#options.trigger === 'edge') {
      if (outcome === Echo.BUSY) this.#continueLater(connection)
    } else if (wasBlocked !== connection.hasUnsent) {
      // Level: while it does not read, wait for room only, or its unread input would be reported in every turn.
      const events = connection.hasUnsent ? OUT : IN | RDHUP
      this.#epoll.modify(connection.fd, events, connection.fd, connection.generation)
    }
  }

  #continueLater(connection: Connection): void {
    this.#busy.add(connection)
    if (this.#continuing) return
    this.#continuing = true
    setImmediate(() => {
      this.#continuing = false
      const busy = [...this.#busy]
      this.#busy.clear()
      for (const connection of busy) this.#serve(connection)
      this.#endIfDone()
    })
  }

  #close(connection: Connection): void {
    this.#busy.delete(connection)
    this.#connections.delete(connection.fd)
    // Deregister first: a descriptor that somebody duplicated would stay on the list after its close.
    this.#epoll.delete(connection.fd)
    close(connection.fd)
    if (!this.#accepting && !this.#stopping) this.#resume()
  }

  /** Leaves clients in the backlog until a connection closes, or `retryMs` are over. */
  #pauseAccepting(retryMs?: number): void {
    this.#accepting = false
    this.#epoll.modify(this.#listener.fd, 0, this.#listener.fd, listenerGeneration)
    if (retryMs !== undefined) this.#resumeAccepting = setTimeout(() => this.#resume(), retryMs)
  }

  #resume(): void {
    clearTimeout(this.#resumeAccepting)
    this.#accepting = true
    this.#epoll.modify(this.#listener.fd, IN, this.#listener.fd, listenerGeneration)
  }

  #closeIdle(): void {
    const now = performance.now()
    const oldest = now - this.#options.idle * 1000
    for (const connection of [...this.#connections.values()]) {
      if (connection.uptake.hasGrown(connection.fd)) connection.lastActive = now
      if (connection.lastActive < oldest) this.#close(connection)
    }
  }

  #closeAll(): void {
    for (const connection of [...this.#connections.values()]) this.#close(connection)
    this.#endIfDone()
  }

  #endIfDone(): void {
    if (this.#stopped === undefined || this.#connections.size > 0) return
    const stopped = this.#stopped
    this.#stopped = undefined
    stopped()
  }
}
