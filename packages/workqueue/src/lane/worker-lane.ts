import type { MessagePort, Transferable } from 'node:worker_threads'
import type { Bell } from './bell.js'
import { Inbox } from './inbox.js'
import {
  CELL,
  CONTROL,
  type LaneMemory,
  PATIENCE_SHIFT,
  REQUEST,
  RESULT,
  SLEEP,
  WITH_CONTEXT,
} from './layout.js'
import { Outbox } from './outbox.js'

/** Points at which a test may kill the worker. */
export type LaneProbe = (point: 'claimed' | 'finished' | 'committed') => void

/** The worker's end of a lane. */
export class WorkerLane {
  /** The job that {@link next} claimed. */
  cell = 0
  name = ''
  /** Of that job: for how many milliseconds its result may wait for others. */
  #patience = 0
  #context: unknown
  readonly #names: string[] = []
  readonly #inbox: Inbox
  readonly #outbox: Outbox

  constructor(
    private readonly memory: LaneMemory,
    valuePort: MessagePort,
    readonly bell: Bell,
    private readonly probe: LaneProbe | undefined,
  ) {
    this.#inbox = new Inbox(memory, memory.requests, valuePort, REQUEST.shape)
    this.#outbox = new Outbox(memory, memory.results, valuePort, RESULT.shape)
  }

  /** Claims the next job; false when there is none. Jobs that the host took back are stepped over. */
  next(startedAt: number): boolean {
    const inbox = this.#inbox
    while (inbox.next()) {
      if (inbox.kind === REQUEST.name) {
        this.#names[inbox.extra] = inbox.value() as string
        inbox.done()
        continue
      }
      const { cell } = inbox
      this.memory.startedAt[cell] = startedAt
      const state = Atomics.compareExchange(this.memory.states, cell, CELL.queued, CELL.running)
      if (state === CELL.queued) {
        this.probe?.('claimed')
        this.cell = cell
        this.#patience = inbox.flags >>> PATIENCE_SHIFT
        this.name = this.#names[inbox.extra] as string
        return true
      }
      this.#skip(cell, startedAt)
    }
    return false
  }

  /** The claimed job's input. Ends the request's record. */
  take(): unknown {
    const inbox = this.#inbox
    this.#context = undefined
    let value: unknown
    try {
      value = inbox.value()
    } finally {
      inbox.done()
      inbox.release()
    }
    if ((inbox.flags & WITH_CONTEXT) === 0) return value
    const pair = value as [input: unknown, context: unknown]
    this.#context = pair[1]
    return pair[0]
  }

  /** The claimed job's context, once its input was taken. The lane does not keep it. */
  takeContext(): unknown {
    const context = this.#context
    this.#context = undefined
    return context
  }

  #skip(cell: number, at: number): void {
    this.#inbox.discard()
    this.#inbox.done()
    this.#inbox.release()
    this.#write(RESULT.skipped, cell, 0, undefined, undefined)
    this.bell.due(at, 0, 0)
  }

  /** Whether jobs wait in the lane. Claims nothing. */
  get hasRequests(): boolean {
    return !this.memory.requests.isEmpty
  }

  /** Publishes a job's outcome. Throws DataCloneError for a value that cannot be sent; nothing is published then. */
  give(
    failed: boolean,
    cell: number,
    runUs: number,
    value: unknown,
    transfer: readonly Transferable[] | undefined,
  ): void {
    this.probe?.('finished')
    this.#write(failed ? RESULT.error : RESULT.value, cell, runUs, value, transfer)
  }

  /** Tells the host of what {@link give} has published, at once or before the thread rests. */
  announce(endedAt: number, runUs: number): void {
    this.bell.due(endedAt, runUs, this.#patience)
  }

  isAborting(cell: number): boolean {
    return Atomics.load(this.memory.states, cell) === CELL.aborting
  }

  /** The same of a job that has just ended: an abort that comes this very moment may be seen or not, and no loop waits for it. */
  wasAborted(cell: number): boolean {
    return this.memory.states[cell] === CELL.aborting
  }

  get isStopping(): boolean {
    return Atomics.load(this.memory.control, CONTROL.stop) === 1
  }

  /** Says how the worker is going to wait. Look at the lane once more before waiting. */
  announceSleep(how: typeof SLEEP.parked | typeof SLEEP.onLoop): void {
    Atomics.store(this.memory.control, CONTROL.sleep, how)
  }

  announceAwake(): void {
    Atomics.store(this.memory.control, CONTROL.sleep, SLEEP.awake)
  }

  /** Blocks the thread until the host wakes it, at most `ms`. False: the time was up. */
  park(ms: number): boolean {
    return Atomics.wait(this.memory.control, CONTROL.sleep, SLEEP.parked, ms) !== 'timed-out'
  }

  #write(
    kind: number,
    cell: number,
    runUs: number,
    value: unknown,
    transfer: readonly Transferable[] | undefined,
  ): void {
    while (!this.#outbox.write(kind, cell, runUs, 0, value, transfer)) this.#awaitRoom()
    this.probe?.('committed')
    this.#outbox.publish()
  }

  /** The host has not taken in earlier results yet. It needs nothing from this thread to do so: block. */
  #awaitRoom(): void {
    const { control, results } = this.memory
    this.bell.ring()
    Atomics.store(control, CONTROL.full, 1)
    if (results.isEmpty || results.reserve(results.maxRecord) >= 0) {
      Atomics.store(control, CONTROL.full, 0)
      return
    }
    Atomics.wait(control, CONTROL.full, 1)
  }
}
