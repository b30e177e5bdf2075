/** What a reactor has done so far. */
export interface ReactorStats {
  /** Registrations now. */
  readonly registrations: number
  /** Batches that were waited for and dispatched, empty ones too. */
  readonly waits: number
  /** Events that the kernel delivered. */
  readonly events: number
  /** Calls of handlers. */
  readonly delivered: number
  /** Events dropped, because what they were for had ended or been changed. */
  readonly stale: number
  /** Events dropped, because nothing in them was asked for any more, or their descriptor is on loan. */
  readonly spurious: number
  /** Stale events of a descriptor that was closed behind the reactor's back. */
  readonly ghosts: number
  /** Times that the epoll was built anew to be rid of ghosts. */
  readonly rebuilds: number
  /** Milliseconds spent in handlers. */
  readonly handlerMs: number
  /** How many batches had 0, 1, 2–3, 4–7, … events: entry `i` counts those of 2^(i-1) to 2^i - 1. */
  readonly batchSizes: readonly number[]
}

/** The same, being counted. */
export class Counters {
  waits = 0
  events = 0
  delivered = 0
  stale = 0
  spurious = 0
  ghosts = 0
  rebuilds = 0
  handlerMs = 0
  readonly batchSizes = new Array<number>(24).fill(0)

  batch(size: number): void {
    this.waits++
    this.events += size
    const bucket = Math.min(32 - Math.clz32(size), this.batchSizes.length - 1)
    this.batchSizes[bucket] = (this.batchSizes[bucket] ?? 0) + 1
  }

  snapshot(registrations: number): ReactorStats {
    const { waits, events, delivered, stale, spurious, ghosts, rebuilds, handlerMs } = this
    return {
      registrations,
      waits,
      events,
      delivered,
      stale,
      spurious,
      ghosts,
      rebuilds,
      handlerMs,
      batchSizes: [...this.batchSizes],
    }
  }
}
