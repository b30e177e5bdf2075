import assert from 'node:assert/strict'
import { read, write } from '@rearm/epoll-native/io'
import { Interest, Reactor, type Registration } from '../../src/index.js'
import { connectedPair } from '../connected-pair.js'
import { Borrower } from './crew.js'
import { Ghosts } from './ghosts.js'

const LAST = 0x40000000
const EAGAIN = -11
/** Without an answer for so long, something is deaf (ms). */
const patience = 20_000

const message = new Int32Array(2)
const bytes = new Uint8Array(message.buffer)

interface Connection {
  readonly id: number
  readonly server: Registration
  readonly client: Registration
  sequence: number
  isWaiting: boolean
  /** Somebody has had a reason to close it. */
  mayEnd: boolean
  borrower: Borrower | undefined
}

export interface StormOptions {
  readonly connections: number
  readonly workers: number
  readonly seed: number
  /** After how many answers a connection is closed, a ghost made, a thread killed; 0: never. */
  readonly every: { readonly close: number; readonly ghost: number; readonly kill: number }
  /** Whether it is enough. */
  readonly isOver: (answers: number) => boolean
}

/**
 * Clients that send their identity, and threads that answer through borrowed descriptors, while connections are closed,
 * loans revoked, threads killed and epolls rebuilt. A number that is closed is in use again at once.
 */
export class Storm {
  readonly counts = {
    answers: 0,
    ended: 0,
    closed: 0,
    revoked: 0,
    kills: 0,
    reclaimed: 0,
    rearmed: 0,
  }
  readonly reactor = new Reactor({ onError: (error) => this.#fail(error) })
  readonly #clients = new Reactor({ onError: (error) => this.#fail(error) })
  readonly #options: StormOptions
  readonly #connections: Connection[] = []
  /** Their client has seen the end; their registration is to end, too. */
  readonly #ending: Connection[] = []
  readonly #crew: Borrower[] = []
  readonly ghosts = new Ghosts(this.reactor)
  readonly #deaths = new Set<Promise<void>>()
  #errors: unknown[] = []
  #random: number
  #nextId = 1
  /** Counted by `onEnd`. */
  #registered = 0
  #isSending = true

  constructor(options: StormOptions) {
    this.#options = options
    this.#random = options.seed
  }

  /** @throws whatever was seen that must not be */
  async run(): Promise<void> {
    const { workers, connections } = this.#options
    for (let i = 0; i < workers; i++) this.#crew.push(await this.#hire())
    for (let i = 0; i < connections; i++) this.#connect()
    await this.#until('the storm is over', () => this.#options.isOver(this.counts.answers))
    this.#isSending = false
    await this.#calm()
    // Roll call: each is there, and answers once more.
    for (const connection of this.#connections) this.#send(connection)
    await this.#calm()
    this.ghosts.dispose()
    assert.deepEqual(this.reactor.audit(), { missing: [], ghosts: [], wrong: [], empty: true })
    const standing = this.#connections.filter(({ server }) => !server.ended)
    assert.equal(this.reactor.stats().registrations, standing.length)
    assert.equal(this.#registered, standing.length)
    await Promise.all(this.#crew.map((borrower) => borrower.kill()))
    for (const { server, client } of this.#connections) {
      server.close()
      client.close()
    }
    assert.equal(this.#registered, 0)
    this.reactor.close()
    this.#clients.close()
  }

  async #calm(): Promise<void> {
    await this.#until('all are answered', () =>
      this.#connections.every(({ isWaiting }) => !isWaiting),
    )
    while (this.#deaths.size > 0) await Promise.all(this.#deaths)
    await this.#until('all loans are over', () =>
      this.#connections.every(({ server, isWaiting }) => !server.lent && !isWaiting),
    )
    await this.#until('what was closed has ended', () =>
      this.#ending.every(({ server }) => server.ended),
    )
  }

  async #until(what: string, condition: () => boolean): Promise<void> {
    let answers = -1
    let deadline = 0
    while (!condition()) {
      const [error] = this.#errors
      if (error !== undefined) throw error
      if (answers !== this.counts.answers) {
        answers = this.counts.answers
        deadline = performance.now() + patience
      } else if (performance.now() > deadline) {
        const deaf = this.#connections.filter(({ isWaiting, server }) => isWaiting || server.lent)
        const who = deaf.slice(0, 5).map(({ id, server }) => `${id} (lent: ${server.lent})`)
        throw new Error(`waiting until ${what}: ${deaf.length} are silent: ${who.join(', ')}`)
      }
      await new Promise(setImmediate)
    }
    const [error] = this.#errors
    if (error !== undefined) throw error
  }

  async #hire(): Promise<Borrower> {
    return Borrower.start(this.reactor, this.#below(2 ** 31), (error) => this.#fail(error))
  }

  #connect(): void {
    const [fd, peer] = connectedPair()
    const id = this.#nextId++
    const server = this.reactor.register(
      fd,
      Interest.READABLE,
      (_, self) => {
        assert.equal(self, connection.server)
        assert.equal(self.ended, false)
        this.#serve(connection)
      },
      {
        mode: this.#below(2) === 0 ? 'oneshot' : 'edge-oneshot',
        onEnd: (self) => {
          assert.equal(self, connection.server)
          assert.equal(self.ended, true)
          this.#registered--
        },
      },
    )
    this.#registered++
    const client = this.#clients.register(peer, Interest.READABLE, () => this.#hear(connection))
    const connection: Connection = {
      id,
      server,
      client,
      sequence: 0,
      isWaiting: false,
      mayEnd: false,
      borrower: undefined,
    }
    this.#connections.push(connection)
    if (this.#isSending) this.#send(connection)
  }

  #send(connection: Connection): void {
    connection.isWaiting = true
    message[0] = connection.id
    message[1] = ++connection.sequence
    // EPIPE: closed meanwhile, as its handler will hear.
    write(connection.client.fd, bytes)
  }

  /** The reactor's side: mostly lends. */
  #serve(connection: Connection): void {
    if (this.#below(16) > 0) {
      this.#lend(connection)
      return
    }
    const { server, id } = connection
    const count = read(server.fd, bytes)
    if (count === bytes.length) {
      assert.equal(message[0], id)
      write(server.fd, bytes)
    }
    server.rearm()
  }

  #lend(connection: Connection): void {
    const borrower = this.#crew[this.#below(this.#crew.length)]
    assert.ok(borrower)
    connection.borrower = borrower
    borrower.give(connection.server.lend(), connection.id)
  }

  /** The client's side. */
  #hear(connection: Connection): void {
    const count = read(connection.client.fd, bytes)
    if (count === EAGAIN) return
    if (count !== bytes.length) {
      assert.ok(count <= 0, `half an answer: ${count} bytes`)
      this.#end(connection)
      return
    }
    const [id = 0, answer = 0] = message
    assert.equal(id, connection.id, 'answered with what another one sent')
    assert.equal(answer & ~LAST, connection.sequence, 'answered twice, or out of order')
    assert.ok(connection.isWaiting, 'answered without being asked')
    connection.isWaiting = false
    if ((answer & LAST) !== 0) connection.mayEnd = true
    else if (this.#isSending) this.#send(connection)
    const answers = ++this.counts.answers
    if (!this.#isSending) return
    const { close, ghost, kill } = this.#options.every
    if (answers % close === 0) this.#closeOne()
    if (answers % ghost === 0) this.ghosts.make()
    if (answers % kill === 0) this.#killOne()
  }

  #end(connection: Connection): void {
    assert.ok(connection.mayEnd, 'closed without a reason')
    connection.client.close()
    this.counts.ended++
    this.#connections.splice(this.#connections.indexOf(connection), 1)
    this.#ending.push(connection)
    if (this.#ending.length > 64) {
      const [oldest] = this.#ending
      if (oldest?.server.ended === true) this.#ending.shift()
    }
    this.#connect()
  }

  #closeOne(): void {
    const start = this.#below(this.#connections.length)
    const lent = this.#connections.slice(start).find(({ server }) => server.lent)
    const connection = (this.#below(2) === 0 ? lent : undefined) ?? this.#connections[start]
    if (connection === undefined) return
    connection.mayEnd = true
    connection.server.close()
    this.counts.closed++
    if (!connection.server.ended) this.counts.revoked++
  }

  #killOne(): void {
    const index = this.#below(this.#crew.length)
    const victim = this.#crew[index]
    if (victim === undefined || victim.killed) return
    victim.killed = true
    this.counts.kills++
    const death = (async () => {
      const successor = await this.#hire()
      const gone = victim.kill()
      this.#crew[index] = successor
      await gone
      this.#bury(victim)
    })()
    this.#deaths.add(death)
    death.catch((error) => this.#fail(error)).finally(() => this.#deaths.delete(death))
  }

  #bury(victim: Borrower): void {
    const bereft = this.#connections.filter(({ borrower }) => borrower === victim)
    const recalled = bereft.filter(({ server }) => server.recall())
    for (const connection of bereft) {
      if (!recalled.includes(connection) && connection.server.lent) connection.mayEnd = true
    }
    const { closed, rearmed } = this.reactor.reclaim(victim.threadId)
    this.counts.reclaimed += closed
    this.counts.rearmed += rearmed
    for (const connection of recalled) this.#lend(connection)
  }

  #fail(error: unknown): void {
    this.#errors = [...this.#errors, error]
  }

  #below(bound: number): number {
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#random / 2 ** 32) * bound)
  }
}
