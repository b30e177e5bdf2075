import { setImmediate } from 'node:timers'
import { SLEEP } from '../lane/layout.js'
import type { WorkerLane } from '../lane/worker-lane.js'
import type { Boot } from './boot.js'
import { flushOutput, hasPendingOutput } from './output.js'

/** How long jobs may follow upon jobs before the thread's event loop gets a turn, which costs as much as ten hand-overs (ms). */
const SLICE_MS = 10
/** The same when nothing on the loop could want one: what a job leaves there waits for so long, once. */
const LONG_SLICE_MS = 160
/** How long a thread with nothing to do stays parked before it waits on its loop, where a wake-up costs a message (ms). */
const PARK_MS = 10
const MAX_SPINS = 1000
/** After so many look-outs in vain a full one is tried again. */
const TRY_AGAIN = 64

/**
 * How a worker waits. A parked thread (`Atomics.wait`) is the cheapest to wake but its event loop stands still, so
 * it parks only when nothing is known there that could want a turn, and, as not everything is known (compression, random
 * bytes, key derivation, WebAssembly that compiles), not for long; otherwise it waits for a message on the loop.
 */
export class Idler {
  /** How long jobs may follow upon jobs now (ms). */
  sliceMs = SLICE_MS
  #promises = false
  #scheduled = false
  /** Jobs that were under way when the thread last went to rest. */
  #active = 0
  #stopping = false
  #spins = MAX_SPINS
  #inVain = 0

  constructor(
    private readonly lane: WorkerLane,
    private readonly boot: Boot,
    private readonly pump: () => void,
    private readonly dispose: () => Promise<void>,
  ) {}

  /** A job returned a promise: this module lives on the event loop. */
  sawPromise(): void {
    this.#promises = true
  }

  /** Nothing can be run now: `active` jobs are under way on the event loop, of `concurrency` at most. */
  rest(active: number, concurrency: number): void {
    this.#active = active
    if (this.lane.isStopping && active === 0) this.#stop()
    else if (active >= concurrency) return
    else if (active > 0 || this.#livesOnLoop) this.#waitOnLoop()
    else this.#parkSoon()
  }

  /** The loop gets a turn before the next batch: the last one has run for long. */
  yield(): void {
    this.sliceMs = !this.#livesOnLoop && this.#mayPark() ? LONG_SLICE_MS : SLICE_MS
    setImmediate(this.pump)
  }

  get #livesOnLoop(): boolean {
    const { idle } = this.boot
    return idle === 'loop' || (idle === 'auto' && this.#promises)
  }

  #parkSoon(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    // One turn of the loop after every batch: timers, immediates and output of synchronous jobs get theirs.
    setImmediate(() => {
      this.#scheduled = false
      // A message may have brought a job meanwhile that lives on the loop.
      if (this.#active === 0 && !this.#livesOnLoop) this.#park()
    })
  }

  #waitOnLoop(): void {
    this.lane.announceSleep(SLEEP.onLoop)
    if (!this.lane.hasRequests && !this.lane.isStopping) return
    this.lane.announceAwake()
    setImmediate(this.pump)
  }

  #park(): void {
    const { lane } = this
    if (!lane.hasRequests && !lane.isStopping) {
      if (!this.#mayPark()) {
        this.#waitOnLoop()
        return
      }
      if (!this.#spin()) {
        lane.announceSleep(SLEEP.parked)
        const isQuiet = !lane.hasRequests && !lane.isStopping && !this.#sleep()
        lane.announceAwake()
        if (isQuiet) {
          this.#waitOnLoop()
          return
        }
      }
    }
    this.pump()
  }

  /** Blocks the thread until the host wakes it. False: nothing has come for long, and the loop is to have its turn. */
  #sleep(): boolean {
    // Who has chosen `park` has chosen that the loop stands still.
    return this.lane.park(this.boot.idle === 'park' ? Number.POSITIVE_INFINITY : PARK_MS)
  }

  /** A short look-out before the kernel is bothered, kept only as long as it pays. */
  #spin(): boolean {
    const { lane } = this
    for (let i = 0; i < this.#spins; i++) {
      if (lane.hasRequests) {
        this.#spins = MAX_SPINS
        this.#inVain = 0
        return true
      }
    }
    this.#spins = ++this.#inVain % TRY_AGAIN === 0 ? MAX_SPINS : this.#spins >> 1
    return false
  }

  #mayPark(): boolean {
    if (this.boot.idle === 'park') return true
    if (hasPendingOutput()) return false
    // Our own port is the one message port that may be listened to.
    let ports = 0
    for (const resource of process.getActiveResourcesInfo()) {
      if (resource === 'MessagePort') ports++
      else if (resource !== 'Immediate') return false
    }
    return ports <= 1
  }

  /** Leaves in good order, whatever handles the job module may have left open. */
  #stop(): void {
    if (this.#stopping) return
    this.#stopping = true
    void this.dispose()
      .then(flushOutput)
      .then(() => process.exit())
  }
}
