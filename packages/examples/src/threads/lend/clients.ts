import { ShutdownMode, shutdown } from '@rearm/epoll-native/socket'
import { Interest, type Registration } from '@rearm/reactor'
import { Uptake } from '../../program/uptake.js'
import { idleParts } from '../deadlines.js'
import type { Lending } from './composition.js'
import type { Serve } from './questions.js'

interface Client {
  readonly registration: Registration
  readonly worker: number
  readonly uptake: Uptake
  /** The idle sweep before which it fired, or took a byte, last. */
  activeIn: number
  /** How often it fired. */
  fires: number
}

/** All connections as the reactor's thread sees them: which worker's each one is, and which of them are to end. */
export class Clients {
  accepted = 0
  lends = 0
  readonly #lending: Lending
  readonly #onLeft: () => void
  readonly #all = new Set<Client>()
  /** Connections of each worker. */
  readonly #loads: number[]
  #sweeps = 0

  /** @param onLeft called after each that has ended */
  constructor(lending: Lending, threads: number, onLeft: () => void) {
    this.#lending = lending
    this.#onLeft = onLeft
    this.#loads = new Array<number>(threads).fill(0)
  }

  get size(): number {
    return this.#all.size
  }

  get loads(): readonly number[] {
    return this.#loads
  }

  get isAnyLent(): boolean {
    for (const { registration } of this.#all) if (registration.lent) return true
    return false
  }

  /** Takes a connection over: it is the worker's that has fewest. */
  welcome(fd: number): void {
    const worker = this.#loads.indexOf(Math.min(...this.#loads))
    const registration = this.#lending.add(
      fd,
      worker,
      () => {
        this.lends++
        client.activeIn = this.#sweeps
        client.fires++
      },
      () => this.#farewell(client),
    )
    const client: Client = {
      registration,
      worker,
      uptake: new Uptake(),
      activeIn: this.#sweeps,
      fires: 0,
    }
    this.#loads[worker] = (this.#loads[worker] ?? 0) + 1
    this.#all.add(client)
    this.accepted++
  }

  #farewell(client: Client): void {
    this.#loads[client.worker] = (this.#loads[client.worker] ?? 0) - 1
    this.#all.delete(client)
    this.#onLeft()
  }

  /** A worker is gone, and with it what its connections had sent and were owed: an answer out of order is worse than none. */
  closeServedBy(dead: number): void {
    const fired = this.#fired()
    for (const { registration, worker, fires } of this.#all) {
      // What was never lent has lost nothing: the next worker of that number serves it.
      const lends = fires - (fired.has(registration) ? 1 : 0)
      if (worker === dead && lends > 0) registration.close()
    }
  }

  /** The worker of these does not come up: nobody would ever answer them. */
  closeForsaken({ tickets }: Serve): void {
    const slots = new Set(tickets.filter((_, index) => index % 2 === 0))
    for (const { registration } of this.#all) {
      if (slots.has(registration.slot)) registration.close()
    }
  }

  /** Ends what has been silent for too long. Its worker learns of it as of any other end. */
  endIdle(): void {
    const lastSweep = this.#sweeps++
    const oldest = this.#sweeps - idleParts
    const fired = this.#fired()
    for (const client of this.#all) {
      const { registration, uptake } = client
      if (registration.lent || fired.has(registration)) {
        client.activeIn = this.#sweeps
        continue
      }
      if (uptake.hasGrown(registration.fd)) client.activeIn = lastSweep
      if (client.activeIn < oldest) shutdown(registration.fd, ShutdownMode.BOTH)
    }
  }

  /** While the server stops: a worker answers what was received, and ends the connection. */
  wakeAll(): void {
    const fired = this.#fired()
    for (const { registration } of this.#all) {
      if (registration.lent || fired.has(registration)) continue
      // A peer that takes no answers: it fires when there is room.
      if (registration.interest === Interest.WRITABLE) continue
      registration.modify(Interest.READABLE | Interest.WRITABLE)
    }
  }

  /** What is on loan is only shut down, and comes back. */
  closeAll(): void {
    for (const { registration } of this.#all) registration.close()
  }

  #fired(): ReadonlySet<Registration> {
    return new Set(this.#lending.fired.flat())
  }
}
