import { Interest, type Reactor, type Registration } from '@rearm/reactor'
import { Uptake } from '../../program/uptake.js'
import { ThreadIo } from '../connection/io.js'
import type { MemoryBudget } from '../connection/memory-budget.js'
import { Session, Turn } from '../connection/session.js'
import { Count } from '../counters.js'
import type { DescriptorTable } from './descriptor-table.js'

export interface SessionHostOptions {
  readonly thread: number
  readonly chaos: boolean
  readonly counts: Float64Array
  readonly budget: MemoryBudget
  readonly descriptors: DescriptorTable
  /** A connection asks for the server's state: `tell` it. */
  readonly onAsk: () => void
  readonly onClosed: () => void
}

interface Hosted {
  readonly session: Session
  readonly registration: Registration
  readonly uptake: Uptake
  /** The idle sweep before which it was ready, or took a byte, last. */
  activeIn: number
}

/** The connections of one thread that has a reactor of its own: level-triggered, from the first byte to the close. */
export class SessionHost {
  readonly #reactor: Reactor
  readonly #options: SessionHostOptions
  readonly #io: ThreadIo
  readonly #connections = new Set<Hosted>()
  #asking: Hosted[] = []
  readonly #requestsBefore: number
  #sweeps = 0
  #isStopping = false

  constructor(reactor: Reactor, options: SessionHostOptions) {
    this.#reactor = reactor
    this.#options = options
    this.#io = new ThreadIo(options.budget)
    this.#requestsBefore = options.counts[Count.REQUESTS] ?? 0
  }

  get size(): number {
    return this.#connections.size
  }

  /** Takes a connection over; its descriptor is claimed already. */
  add(fd: number): void {
    const { chaos } = this.#options
    const session = new Session(fd, Interest.READABLE, { chaos })
    const registration = this.#reactor.register(fd, Interest.READABLE, () => {
      hosted.activeIn = this.#sweeps
      this.#end(hosted, session.turn(this.#io, this.#isStopping))
    })
    const hosted: Hosted = {
      session,
      registration,
      uptake: new Uptake(),
      activeIn: this.#sweeps,
    }
    this.#connections.add(hosted)
    if (this.#isStopping) this.#end(hosted, session.turn(this.#io, true))
  }

  /** The server's state, for all that have asked. */
  tell(state: string): void {
    const asking = this.#asking
    this.#asking = []
    for (const hosted of asking) {
      if (hosted.registration.ended) continue
      this.#end(hosted, hosted.session.tell(this.#io, state, this.#isStopping))
    }
  }

  /** Closes what has been silent for as many sweeps. */
  sweep(most: number): void {
    const lastSweep = this.#sweeps++
    for (const hosted of this.#connections) {
      const { session, registration, uptake } = hosted
      // Silenced: it sleeps, or waits for us.
      if (session.interest === Interest.NONE) {
        hosted.activeIn = this.#sweeps
        continue
      }
      if (uptake.hasGrown(registration.fd)) hosted.activeIn = lastSweep
      if (hosted.activeIn < this.#sweeps - most) this.#close(hosted)
    }
  }

  /** Answers what was received, and closes one by one. */
  stop(): void {
    this.#isStopping = true
    for (const hosted of this.#connections) {
      if (hosted.session.interest !== Interest.READABLE) continue
      this.#end(hosted, hosted.session.turn(this.#io, true))
    }
  }

  #end(hosted: Hosted, turn: Turn): void {
    const { counts, onAsk } = this.#options
    counts[Count.REQUESTS] = this.#requestsBefore + this.#io.answers.answers
    switch (turn) {
      case Turn.READ:
        this.#want(hosted, Interest.READABLE)
        return
      case Turn.WRITE:
        this.#want(hosted, Interest.WRITABLE)
        return
      case Turn.SLEEP:
        this.#want(hosted, Interest.NONE)
        setTimeout(() => {
          if (hosted.registration.ended) return
          this.#end(hosted, hosted.session.wake(this.#io, this.#isStopping))
        }, hosted.session.sleepMs)
        return
      case Turn.STATS:
        this.#want(hosted, Interest.NONE)
        if (this.#asking.push(hosted) === 1) onAsk()
        return
      case Turn.CRASH:
        process.exit(1)
        break
      case Turn.OVER:
        this.#close(hosted)
    }
  }

  #want({ session, registration }: Hosted, interest: number): void {
    if (session.interest === interest) return
    // Level-triggered, an interest in nothing would still report the end of the stream for ever.
    if (interest === Interest.NONE) registration.disarm()
    else registration.rearm(interest)
    session.interest = interest
  }

  #close(hosted: Hosted): void {
    const { counts, descriptors, onClosed } = this.#options
    this.#connections.delete(hosted)
    hosted.session.release(this.#io)
    descriptors.release(hosted.registration.fd)
    hosted.registration.close()
    counts[Count.CLOSED] = (counts[Count.CLOSED] ?? 0) + 1
    onClosed()
  }
}
