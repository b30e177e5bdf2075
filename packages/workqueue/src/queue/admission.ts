import { setImmediate } from 'node:timers/promises'
import { QueueClosedError, QueueFullError } from '../errors.js'
import { Caller } from './caller.js'
import { CallerTurns } from './caller-turns.js'
import { onPush } from './diagnostics.js'
import type { Job } from './job.js'
import type { Ledger } from './ledger.js'
import type { JobOptions } from './options.js'

/** The door: lets jobs in, makes them wait, or turns them away, as `onFull` says. */
export class Admission {
  isClosed = false
  readonly caller: Caller
  /** Jobs and reservations that wait for a place, and how to turn each away. */
  readonly #line = new Set<() => void>()
  readonly #turns: CallerTurns

  constructor(private readonly ledger: Ledger) {
    const { settings, dispatcher } = ledger
    this.caller = new Caller(settings)
    this.#turns = new CallerTurns(settings.concurrency, {
      run: (job) => this.#runHere(job),
      rest: async () => {
        if (settings.wake === undefined) await setImmediate()
        dispatcher.drain()
      },
    })
  }

  /** Whether a job with these options can be let in now, if there is room. */
  isOpenTo(options: JobOptions | undefined): boolean {
    if (this.isClosed || options?.signal?.aborted) return false
    return !this.ledger.readiness.isObstructed(options?.affinity)
  }

  /** Takes a job in by the policy. What becomes of it, its promises tell. */
  enter(job: Job): void {
    const { ledger } = this
    const obstacle = this.#obstacle(job)
    if (obstacle !== undefined) ledger.fail(job, 'refused', () => obstacle)
    else if (ledger.room.tryEnter()) this.#accept(job)
    else this.#overflow(job)
  }

  /** Takes a job in on a place that a permit holds. */
  enterWithPermit(job: Job): void {
    const obstacle = this.#obstacle(job)
    if (obstacle === undefined) {
      this.#accept(job)
    } else {
      this.ledger.fail(job, 'refused', () => obstacle)
      this.ledger.room.leave()
    }
  }

  /** Waits for a place. `refuse` is called instead when the queue closes. Returns the way to leave the line. */
  wait(enter: () => void, refuse: () => void): () => boolean {
    const turnAway = () => {
      if (leave()) refuse()
    }
    const leaveRoom = this.ledger.room.wait(() => {
      this.#line.delete(turnAway)
      enter()
    })
    const leave = () => {
      this.#line.delete(turnAway)
      return leaveRoom()
    }
    this.#line.add(turnAway)
    return leave
  }

  /** Lets nobody in any more, and turns those away who wait. */
  close(): void {
    this.isClosed = true
    for (const turnAway of [...this.#line]) turnAway()
  }

  #obstacle(job: Job): Error | undefined {
    if (this.isClosed) return new QueueClosedError(job.record)
    return this.ledger.readiness.obstacle(job)
  }

  #accept(job: Job): void {
    if (this.#announce(job)) this.ledger.accept(job)
    else this.ledger.room.leave()
  }

  /** Tells of a push. False: somebody who heard of it, or of the job that it displaces, has closed the queue, or aborted it. */
  #announce(job: Job): boolean {
    if (onPush.hasSubscribers) onPush.publish({ queue: this.ledger, name: job.name })
    if (this.isClosed) this.ledger.fail(job, 'refused', () => new QueueClosedError(job.record))
    return !job.settled
  }

  #overflow(job: Job): void {
    const { ledger } = this
    switch (ledger.settings.onFull) {
      case 'wait':
        this.#queueUp(job)
        return
      case 'reject':
        ledger.fail(job, 'refused', () => new QueueFullError(job.record, 'rejected'))
        return
      case 'discard':
        this.#discard(job)
        return
      case 'discardOldest':
        this.#displace(job)
        return
      case 'callerRuns':
        if (this.#turns.take(job)) return
        // Whichever comes first: a place, or its turn in this thread.
        this.#queueUp(job)
        this.#turns.join(job)
    }
  }

  #queueUp(job: Job): void {
    const leave = this.wait(
      () => this.#admit(job),
      () => {
        this.#turns.forget(job)
        this.ledger.fail(job, 'refused', () => new QueueClosedError(job.record))
      },
    )
    job.leaveLine = () => {
      this.#turns.forget(job)
      leave()
    }
  }

  /** A place was taken for a job that waited; meanwhile the threads may have ceased to come up. */
  #admit(job: Job): void {
    this.#turns.forget(job)
    const obstacle = this.ledger.readiness.obstacle(job)
    if (obstacle === undefined) {
      this.#accept(job)
    } else {
      this.ledger.fail(job, 'refused', () => obstacle)
      this.ledger.room.leave()
    }
  }

  #discard(job: Job): void {
    const { acceptance } = job
    if (acceptance === undefined) {
      this.ledger.fail(job, 'refused', () => new QueueFullError(job.record, 'discarded'))
    } else {
      this.ledger.drop(job)
      acceptance.resolve(false)
    }
  }

  /** The oldest waiting job's place goes to the new one. */
  #displace(job: Job): void {
    const { ledger } = this
    const oldest = ledger.dispatcher.backlogs.takeOldest()
    if (oldest === undefined) {
      ledger.fail(job, 'refused', () => new QueueFullError(job.record, 'rejected'))
      return
    }
    ledger.fail(oldest, 'refused', () => new QueueFullError(oldest.record, 'displaced'))
    ledger.vacate(oldest)
    this.#accept(job)
  }

  async #runHere(job: Job): Promise<void> {
    const { ledger } = this
    if (!this.#announce(job)) return
    const { acceptance } = job
    job.acceptance = undefined
    ledger.acceptInCaller(job)
    // Also by an abort, a time limit or a close: its handler may never end, and whoever pushed it must not wait for that.
    job.onEnd = () => acceptance?.resolve(true)
    try {
      ledger.succeed(job, await this.caller.run(job, () => ledger.beganInCaller(job)))
    } catch (error) {
      ledger.fail(job, 'failed', () => error)
    }
  }
}
