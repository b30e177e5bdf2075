import { type Link, LinkedList } from '../collections/linked-list.js'
import type { Signals } from '../signals.js'

/** Somebody who waits in a line, for a value or for room. */
interface Waiter<Offer, Grant> {
  readonly offer: Offer
  readonly resolve: (grant: Grant) => void
  readonly reject: (reason: unknown) => void
  leave: (() => void) | undefined
}

/** A line of waiters, served first come, first served; an aborted one leaves it and takes nothing along. */
export class Line<Offer, Grant> {
  readonly #waiters = new LinkedList<Waiter<Offer, Grant>>()

  constructor(private readonly signals: Signals) {}

  get size(): number {
    return this.#waiters.size
  }

  /** Joins the line. Rejects with the signal's reason when it aborts first. */
  join(offer: Offer, signal: AbortSignal | undefined): Promise<Grant> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const waiter: Waiter<Offer, Grant> = { offer, resolve, reject, leave: undefined }
      const link = this.#waiters.push(waiter)
      if (signal !== undefined) this.#watch(link, signal)
    })
  }

  /** Serves the first in the line; returns what it had offered, or `undefined` when nobody waits. */
  serve(grant: Grant): { offer: Offer } | undefined {
    const waiter = this.#waiters.shift()
    if (waiter === undefined) return undefined
    waiter.leave?.()
    waiter.resolve(grant)
    return waiter
  }

  /** Turns the first in the line away; false when nobody waits. */
  refuse(reason: (offer: Offer) => unknown): boolean {
    const waiter = this.#waiters.shift()
    if (waiter === undefined) return false
    waiter.leave?.()
    waiter.reject(reason(waiter.offer))
    return true
  }

  #watch(link: Link<Waiter<Offer, Grant>>, signal: AbortSignal): void {
    link.value.leave = this.signals.watch(signal, () => {
      link.value.leave?.()
      if (this.#waiters.remove(link)) link.value.reject(signal.reason)
    })
  }
}
