import type { MessagePort, Transferable } from 'node:worker_threads'
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
import { SentOrder } from './sent-order.js'

/** What a lane must know of a job to send it. */
export interface Sendable {
  readonly name: string
  readonly input: unknown
  readonly context: unknown
  readonly transfer: readonly Transferable[] | undefined
  /** For how many milliseconds its result may wait for others, beyond what all results may. */
  readonly patience: number
}

/** Receives what comes back through a lane. */
export interface LaneSink<J> {
  /** `value` throws when the value could not be received. `runUs` is the job's run time in microseconds. */
  returned(job: J, failed: boolean, value: () => unknown, runUs: number): void
  /** The worker has passed the record of a job that was taken back; its cell is free. */
  skipped(): void
}

/** The host's end of a lane. */
export class HostLane<J extends Sendable> {
  readonly #jobs: (J | undefined)[]
  readonly #freeCells: number[] = []
  readonly #names = new Map<string, number>()
  #lastName: string | undefined
  #lastNumber = -1
  readonly #outbox: Outbox
  readonly #inbox: Inbox
  readonly #order: SentOrder
  readonly #readValue = () => this.#inbox.value()
  #unpublished = false

  constructor(
    private readonly memory: LaneMemory,
    valuePort: MessagePort,
    /** Wakes a worker that waits on its event loop. */
    private readonly wakeLoop: () => void,
  ) {
    const { cells } = memory.layout
    this.#jobs = new Array(cells).fill(undefined)
    for (let cell = cells - 1; cell >= 0; cell--) this.#freeCells.push(cell)
    this.#order = new SentOrder(memory.states)
    this.#outbox = new Outbox(memory, memory.requests, valuePort, REQUEST.shape)
    this.#inbox = new Inbox(memory, memory.results, valuePort, RESULT.shape)
  }

  /** Hands a job over; visible after {@link flush}. Returns its cell, or -1 when the lane has no room now. */
  send(job: J): number {
    // Taken before the input is read: a getter in it may drain the lane, which brings other cells back.
    const cell = this.#freeCells.pop()
    if (cell === undefined) return -1
    let isWritten = false
    try {
      isWritten = this.#write(job, cell)
    } finally {
      if (!isWritten) this.#freeCells.push(cell)
    }
    if (!isWritten) return -1
    this.#unpublished = true
    this.#jobs[cell] = job
    this.#order.sent(cell)
    return cell
  }

  #write(job: J, cell: number): boolean {
    const name = this.#nameNumber(job.name)
    if (name < 0) return false
    const value = job.context === undefined ? job.input : [job.input, job.context]
    const flags = (job.context === undefined ? 0 : WITH_CONTEXT) | (job.patience << PATIENCE_SHIFT)
    this.memory.states[cell] = CELL.queued
    return this.#outbox.write(REQUEST.job, cell, name, flags, value, job.transfer)
  }

  /** Publishes what was sent and wakes the worker if it sleeps. */
  flush(): void {
    if (!this.#unpublished) return
    this.#unpublished = false
    this.#outbox.publish()
    this.wake()
  }

  /** Wakes the worker if it sleeps. */
  wake(): void {
    const { control } = this.memory
    const sleep = Atomics.load(control, CONTROL.sleep)
    if (sleep === SLEEP.awake) return
    if (Atomics.compareExchange(control, CONTROL.sleep, sleep, SLEEP.awake) !== sleep) return
    if (sleep === SLEEP.parked) Atomics.notify(control, CONTROL.sleep)
    else this.wakeLoop()
  }

  /** Takes in everything that came back. Returns the number of records. */
  drain(sink: LaneSink<J>): number {
    const inbox = this.#inbox
    let count = 0
    while (inbox.next()) {
      const { cell } = inbox
      const job = this.#jobs[cell]
      this.#jobs[cell] = undefined
      this.#freeCells.push(cell)
      if (job === undefined || inbox.kind === RESULT.skipped) sink.skipped()
      else sink.returned(job, inbox.kind === RESULT.error, this.#readValue, inbox.extra)
      inbox.done()
      if ((++count & 31) === 0) inbox.release()
    }
    if (count > 0) {
      inbox.release()
      this.#announceRoom()
    }
    return count
  }

  /** Whether anything has come back that was not taken in. */
  get hasReturns(): boolean {
    return !this.memory.results.isEmpty
  }

  /** Takes a job back that the worker has not begun. False: it has. */
  revoke(cell: number): boolean {
    if (!this.#change(cell, CELL.queued, CELL.revoked)) return false
    this.#jobs[cell] = undefined
    return true
  }

  /** Tells a running job that it is aborted. False: it does not run. */
  abort(cell: number): boolean {
    return this.#change(cell, CELL.running, CELL.aborting)
  }

  /** Whether the worker has begun the job. */
  hasBegun(cell: number): boolean {
    return Atomics.load(this.memory.states, cell) !== CELL.queued
  }

  /** When the job of a cell that has begun did so, in milliseconds of the process-wide clock. */
  startedAt(cell: number): number {
    return this.memory.startedAt[cell] as number
  }

  /** The jobs that the worker has not begun, the next one first. */
  *waiting(): Generator<J> {
    yield* this.#jobsIn(this.#order.forward())
  }

  /** The same, the last one first. */
  *waitingFromLast(): Generator<J> {
    yield* this.#jobsIn(this.#order.backward())
  }

  *#jobsIn(cells: Iterable<number>): Generator<J> {
    for (const cell of cells) {
      const job = this.#jobs[cell]
      // A cell that is just being filled has none.
      if (job !== undefined) yield job
    }
  }

  /** The jobs that the worker holds. */
  *held(): Generator<[cell: number, job: J]> {
    for (const [cell, job] of this.#jobs.entries()) {
      if (job !== undefined) yield [cell, job]
    }
  }

  /** Asks the worker to finish and exit. */
  stop(): void {
    Atomics.store(this.memory.control, CONTROL.stop, 1)
    this.wake()
  }

  #change(cell: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.memory.states, cell, from, to) === from
  }

  #announceRoom(): void {
    const { control } = this.memory
    if (Atomics.load(control, CONTROL.full) === 0) return
    Atomics.store(control, CONTROL.full, 0)
    Atomics.notify(control, CONTROL.full)
  }

  #nameNumber(name: string): number {
    // Jobs of one kind come in a row, and the same string is quickly compared.
    if (this.#lastNumber >= 0 && name === this.#lastName) return this.#lastNumber
    const known = this.#names.get(name)
    if (known !== undefined) {
      this.#lastName = name
      this.#lastNumber = known
      return known
    }
    const number = this.#names.size
    if (!this.#outbox.write(REQUEST.name, -1, number, 0, name)) return -1
    this.#names.set(name, number)
    return number
  }
}
