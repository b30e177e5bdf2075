import { clearImmediate, setImmediate } from 'node:timers'
import { now } from '../clock.js'
import { HostBell } from '../lane/bell.js'
import { Alarm } from './alarm.js'

/** After so long, and as long as results may wait, a dozing host looks into the lanes by itself: a little before it is rung. */
const DOZE_MS = 3
/** Results that come within so long of each other flow, or within twice as long as they may wait, if that is longer. */
const STEADY_MS = 8
const MOST_ROUNDS = 16
/** Turns of the event loop, of about a microsecond, for which short jobs are waited for before going to sleep. */
const WATCHES = 32
/** After so many occasions on which watching was in vain, or not tried, it is tried again. */
const TRY_AGAIN = 64

export interface Drainable {
  /** Takes in what has come back; returns the number of records. */
  drain(): number
  /** Whether what has come back is being taken in at this moment. */
  readonly isDraining: boolean
  /** Whether anything has come back that was not taken in. */
  readonly hasReturns: boolean
  /** Whether threads hold jobs. */
  readonly isBusy: boolean
  /** Whether what they hold should be back within microseconds. */
  readonly isBrisk: boolean
}

/**
 * When the host looks into the lanes: while short jobs are out, at every turn of its event loop for a while; then
 * when it is rung, or by an alarm where results follow upon each other. Looking spares both sides the message, which costs more than a short job; other events have
 * their turns in between.
 */
export class HostLoop {
  readonly bell = new HostBell()
  /** For how many milliseconds the result that came back last might have waited for others. */
  patience = 0
  readonly #isOnLoop: boolean
  #canWatch: boolean
  readonly #alarm = new Alarm(() => this.turn())
  #watch: NodeJS.Immediate | undefined
  #watchesLeft = 0
  #pays = true
  #untried = 0
  #foundAt = Number.NEGATIVE_INFINITY
  readonly #look = () => {
    this.#watch = undefined
    if (this.lanes.hasReturns) {
      this.#pays = true
      this.turn()
    } else if (--this.#watchesLeft > 0) {
      this.#watch = setImmediate(this.#look)
    } else {
      // Where cores are scarce, watching only keeps the worker from its work.
      this.#pays = false
      this.turn()
    }
  }

  /** @param isOnLoop false for a host that does not sit on its event loop. */
  constructor(
    private readonly lanes: Drainable,
    isOnLoop: boolean,
  ) {
    this.#isOnLoop = isOnLoop
    this.#canWatch = isOnLoop
    this.bell.sleep()
  }

  /** Jobs were sent. */
  sent(): void {
    if (this.#watch !== undefined || !this.#isWorthWatching()) return
    this.bell.wake()
    this.#watchOn()
  }

  /**
   * Takes in everything that has come back and goes to sleep. Returns the number of records. Called from where results are
   * being taken in (by a subscriber of a diagnostics channel, say) it does so later.
   */
  turn(): number {
    if (this.lanes.isDraining) {
      // Who takes in may be a timer, which leaves the bell as it is: without a look of its own this ring would be lost.
      this.#watch ??= setImmediate(this.#look)
      return 0
    }
    let count = 0
    for (let round = 0; ; round++) {
      this.bell.wake()
      const drained = this.lanes.drain()
      count += drained
      if (drained > 0 && this.#isWorthWatching()) {
        this.#watchOn()
        break
      }
      this.#rest(count > 0)
      // Only a look after the word was set excludes that a worker saw it awake and kept silent.
      if (!this.lanes.hasReturns) break
      if (round >= MOST_ROUNDS && this.#isOnLoop) {
        // Everything else on the loop has its turn before the rest is taken in.
        this.bell.wake()
        this.#watch ??= setImmediate(this.#look)
        break
      }
    }
    return count
  }

  /**
   * Blocks the thread, at most `ms`, until as many workers have nothing left to do as `awaited` says after each look into the
   * lanes; 0 ends it. No message is sent, and none is handled, meanwhile.
   */
  park(ms: number, awaited: () => number): void {
    // Who parks does not look: each look would be a turn of the event loop that parking is to spare.
    this.#canWatch = false
    const deadline = now() + ms
    for (;;) {
      this.bell.wake()
      this.lanes.drain()
      const left = deadline - now()
      const rings = awaited()
      if (left <= 0 || rings === 0) break
      this.bell.park(rings)
      if (!this.lanes.hasReturns) this.bell.wait(rings, left)
    }
    this.turn()
  }

  end(): void {
    this.#alarm.end()
    clearImmediate(this.#watch)
    this.#watch = undefined
  }

  #isWorthWatching(): boolean {
    if (!this.#canWatch || !this.lanes.isBrisk) return false
    return this.#pays || ++this.#untried % TRY_AGAIN === 0
  }

  #watchOn(): void {
    this.#watchesLeft = WATCHES
    this.#watch ??= setImmediate(this.#look)
  }

  /**
   * Where results follow upon each other the host only dozes: workers do not ring for every one, and the alarm finds what they
   * have left. It goes off before they would ring, which costs a thread as much as the host.
   */
  #rest(found: boolean): void {
    const at = now()
    if (found) {
      const isSteady = at - this.#foundAt < Math.max(STEADY_MS, 2 * this.patience)
      this.#foundAt = at
      if (this.#alarm.isSet || (isSteady && this.#canWatch && this.lanes.isBusy)) {
        this.#alarm.set(DOZE_MS + this.patience)
      }
    }
    if (this.#alarm.isSet) this.bell.doze(at)
    else this.bell.sleep()
  }
}
