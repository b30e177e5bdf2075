import type { Transferable } from 'node:worker_threads'
import type { JobRecord } from '../errors.js'
import type { Sendable } from '../lane/host-lane.js'
import type { JobOptions } from './options.js'
import type { Settlement } from './settlement.js'
import type { Thread } from './thread.js'

/** Where a job is. */
export const STAGE = {
  /** Not accepted yet: it waits for room. */
  outside: 0,
  /** Accepted, in a backlog of the host. */
  queued: 1,
  /** In a thread's lane, perhaps begun. */
  sent: 2,
  /** Run by the caller. */
  inCaller: 3,
  /** It occupies no place any more. */
  gone: 4,
  /** Accepted, on its way into a backlog or a lane. The user's code may run meanwhile, a getter of the input say. */
  moving: 5,
} as const

export type Stage = (typeof STAGE)[keyof typeof STAGE]

/** How many earlier jobs one step of priority may pass. */
const PRIORITY_STEP = 64

/** One job on its way through the queue. */
export class Job implements Sendable, JobRecord {
  stage: Stage = STAGE.outside
  settled = false
  /** Order of acceptance, and the same corrected by priority: the smallest key goes first. */
  sequence = 0
  key = 0
  thread: Thread | undefined = undefined
  cell = -1
  /** No job that was in its lane when it came there has a larger key. */
  highest = 0
  /** For how many milliseconds its result may wait for others. */
  patience = 0
  attempts = 0
  /** Microseconds from push to start, and of its run; 0 until it came back. */
  waitUs = 0
  runUs = 0
  /** The promise of a push that waits to be accepted. */
  acceptance: Settlement<boolean> | undefined = undefined
  /** Ends the watch over signal, timeout and deadline. */
  unwatch: (() => void) | undefined = undefined
  /** Called when the job reaches a thread. */
  onSent: (() => void) | undefined = undefined
  /** What ends the job that was {@link STAGE.moving} then; to be called when it has arrived. */
  #onArrival: (() => void) | undefined = undefined
  /** Called when the caller begins to run the job itself. */
  onCallerStart: (() => void) | undefined = undefined
  /** Called when a job that the caller runs has ended, whatever ended it. */
  onEnd: (() => void) | undefined = undefined
  /** Aborts the job where the caller runs it. */
  abortCaller: (() => void) | undefined = undefined
  /** Called when the job leaves the line of those who wait for room. */
  leaveLine: (() => void) | undefined = undefined
  readonly priority: number
  readonly affinity: string | number | undefined
  readonly transfer: readonly Transferable[] | undefined

  constructor(
    readonly name: string,
    readonly input: unknown,
    readonly context: unknown,
    readonly options: JobOptions | undefined,
    /** Undefined when nobody awaits the result. */
    readonly settlement: Settlement<unknown> | undefined,
    /** Milliseconds of the process-wide clock. */
    readonly pushedAt: number,
  ) {
    this.priority = options?.priority ?? 0
    this.affinity = options?.affinity
    // Nothing to transfer is no transfer: such a job can be taken back.
    this.transfer = options?.transfer?.length === 0 ? undefined : options?.transfer
  }

  accept(sequence: number): void {
    this.stage = STAGE.moving
    this.sequence = sequence
    this.key = sequence - this.priority * PRIORITY_STEP
  }

  /** Puts off what would end a job that is nowhere just now. */
  putOff(end: () => void): void {
    this.#onArrival ??= end
  }

  /** The job is in a backlog or a lane: does what was put off. */
  arrive(): void {
    const end = this.#onArrival
    if (end === undefined) return
    this.#onArrival = undefined
    end()
  }

  /** What errors carry. */
  get record(): JobRecord {
    return { name: this.name, input: this.input }
  }
}
