import { clearTimeout, setTimeout } from 'node:timers'
import { now } from '../clock.js'
import { QueueClosedError } from '../errors.js'
import type { Admission } from './admission.js'
import type { Job } from './job.js'
import type { Ledger } from './ledger.js'
import { duration } from './options.js'
import { Settlement } from './settlement.js'

export interface CloseOptions {
  /** `'drain'` (the default): accepted jobs still run. `'discard'`: those that have not begun are rejected. */
  readonly mode?: 'drain' | 'discard'
  /** Milliseconds after which whatever is left is rejected, the threads are terminated and no `dispose` is waited for. Default `Infinity`. */
  readonly timeout?: number
}

const LONGEST_MS = 2 ** 31 - 1

/** Brings a queue to its end. Several closes are one; a stricter one hastens it. */
export class Closing {
  #done: Promise<void> | undefined
  #isFinished = false
  #timer: NodeJS.Timeout | undefined
  #deadline = Number.POSITIVE_INFINITY
  #giveUp: () => void = () => {}
  readonly #timeIsUp = new Promise<void>((resolve) => {
    this.#giveUp = resolve
  })

  constructor(
    private readonly ledger: Ledger,
    private readonly admission: Admission,
  ) {}

  close({ mode = 'drain', timeout = Number.POSITIVE_INFINITY }: CloseOptions): Promise<void> {
    if (mode !== 'drain' && mode !== 'discard') {
      throw new TypeError(`mode must be 'drain' or 'discard', not ${String(mode)}`)
    }
    duration('timeout', timeout)
    this.admission.close()
    this.ledger.readiness.close()
    if (mode === 'discard') this.#discard()
    this.#limit(timeout)
    this.#done ??= this.#finish()
    const settlement = new Settlement<void>('close')
    this.#done.then(
      () => settlement.resolve(),
      (error: unknown) => settlement.reject(() => error),
    )
    return settlement.promise
  }

  #limit(timeout: number): void {
    const deadline = now() + timeout
    if (this.#isFinished || timeout > LONGEST_MS || deadline >= this.#deadline) return
    this.#deadline = deadline
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#terminate(), timeout)
  }

  /** Rejects every job that has not begun. */
  #discard(): void {
    for (const job of this.ledger.dispatcher.backlogs.takeAll()) this.#refuse(job)
    this.#abandonCallers((begun) => !begun)
  }

  /** Those under way in this thread cannot be stopped, but nobody waits for them any more. */
  #abandonCallers(wanted: (begun: boolean) => boolean): void {
    const { ledger } = this
    for (const [job, begun] of ledger.inCaller()) {
      if (wanted(begun)) ledger.cancel(job, 'refused', () => new QueueClosedError(job.record))
    }
  }

  #refuse(job: Job): void {
    this.ledger.fail(job, 'refused', () => new QueueClosedError(job.record))
    this.ledger.release(job)
  }

  #terminate(): void {
    this.#discard()
    // This host may have been busy for as long: what is done counts.
    this.ledger.dispatcher.catchUp()
    for (const thread of this.ledger.dispatcher.crew.threads) {
      for (const [, job] of thread.lane?.held() ?? []) {
        this.ledger.fail(job, 'refused', () => new QueueClosedError(job.record))
      }
      if (thread.isAlive) thread.kill()
    }
    this.#abandonCallers(() => true)
    this.#giveUp()
  }

  async #finish(): Promise<void> {
    this.ledger.debts.owe()
    try {
      await this.#stopThreads()
      await Promise.race([this.admission.caller.dispose(), this.#timeIsUp])
    } finally {
      this.#isFinished = true
      clearTimeout(this.#timer)
      this.ledger.debts.answer()
      this.ledger.end()
    }
  }

  async #stopThreads(): Promise<void> {
    const { dispatcher } = this.ledger
    await this.ledger.debts.drained()
    for (const thread of dispatcher.crew.threads) {
      // What may still occupy it was aborted, and its caller has the answer: its thread has `abortGrace` to end in good order.
      if (thread.isAlive) thread.stop()
    }
    await Promise.all(dispatcher.crew.threads.map((thread) => thread.gone))
  }
}
