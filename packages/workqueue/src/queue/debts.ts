import { KeepAlive } from './keep-alive.js'
import { Settlement } from './settlement.js'

/** Who is owed an answer. As long as anybody is, the process does not end. */
export class Debts {
  readonly #keepAlive = new KeepAlive()
  readonly #onDrained: Settlement<void>[] = []
  readonly #onAnswered: (() => void)[] = []
  /** Jobs, reservations and the like that are owed an answer. */
  #owed = 0
  /** Of those, the accepted jobs. */
  #accepted = 0

  owe(): void {
    if (this.#owed++ === 0) this.#keepAlive.hold()
  }

  answer(): void {
    if (--this.#owed > 0) return
    this.#keepAlive.release()
    for (const tell of this.#onAnswered.splice(0)) tell()
  }

  /** A job that is owed an answer was accepted. */
  accept(): void {
    this.#accepted++
  }

  /** An accepted job has its answer. */
  settleAccepted(): void {
    if (--this.#accepted > 0) return
    for (const settlement of this.#onDrained.splice(0)) settlement.resolve()
  }

  /** Resolves when no accepted job is left without an answer. */
  drained(): Promise<void> {
    const settlement = new Settlement<void>('drained')
    if (this.#accepted === 0) settlement.resolve()
    else this.#onDrained.push(settlement)
    return settlement.promise
  }

  /** Resolves when nobody is owed an answer. */
  answered(): Promise<void> {
    if (this.#owed === 0) return Promise.resolve()
    return new Promise((resolve) => this.#onAnswered.push(resolve))
  }

  end(): void {
    this.#keepAlive.end()
  }
}
