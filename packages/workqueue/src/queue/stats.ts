import { Histogram, type HistogramSummary } from './histogram.js'
import type { Ledger } from './ledger.js'

/** A snapshot of a queue. Counts run from its creation; durations are in milliseconds. */
export interface WorkQueueStats {
  readonly threads: { readonly target: number; readonly alive: number; readonly ready: number }
  /** Accepted jobs that have not begun. */
  readonly waiting: number
  /** Those that threads are occupied with, and those that the caller runs and owes an answer. */
  readonly running: number
  /** Pushes and reservations that wait for a place. */
  readonly blocked: number
  readonly permits: number
  readonly capacity: number
  readonly accepted: number
  readonly completed: number
  /** Jobs that threw, whose input or result could not be sent, or for which no thread came up. */
  readonly failed: number
  /** Jobs that were turned away or dropped, displaced by a younger one, or given up by a close; not those of `tryPush`. */
  readonly refused: number
  readonly aborted: number
  readonly timedOut: number
  /** Jobs whose thread died under them. */
  readonly lost: number
  /** Second runs of idempotent jobs. */
  readonly retried: number
  readonly ranInCaller: number
  readonly threadExits: number
  /** From push to start. */
  readonly wait: HistogramSummary
  readonly run: HistogramSummary
}

/** What is counted along the way. */
export class Counters {
  accepted = 0
  completed = 0
  failed = 0
  refused = 0
  aborted = 0
  timedOut = 0
  lost = 0
  retried = 0
  ranInCaller = 0
  threadExits = 0
  readonly wait = new Histogram()
  readonly run = new Histogram()
}

/** The present state of a queue, with everything counted so far. */
export function takeStats(ledger: Ledger, permits: number): WorkQueueStats {
  const { counters, room, dispatcher, settings } = ledger
  const alive = dispatcher.crew.threads.filter((thread) => thread.isAlive)
  let running = 0
  for (const { lane } of alive) {
    for (const [cell] of lane?.held() ?? []) if (lane?.hasBegun(cell)) running++
  }
  let waiting = room.occupied - permits - running
  for (const [, begun] of ledger.inCaller()) {
    if (begun) running++
    else waiting++
  }
  return {
    threads: {
      target: dispatcher.crew.target,
      alive: alive.length,
      ready: alive.filter((thread) => thread.isReady).length,
    },
    waiting,
    running,
    blocked: room.waiting,
    permits,
    capacity: settings.capacity,
    accepted: counters.accepted,
    completed: counters.completed,
    failed: counters.failed,
    refused: counters.refused,
    aborted: counters.aborted,
    timedOut: counters.timedOut,
    lost: counters.lost,
    retried: counters.retried,
    ranInCaller: counters.ranInCaller,
    threadExits: counters.threadExits,
    wait: counters.wait.summary(),
    run: counters.run.summary(),
  }
}
