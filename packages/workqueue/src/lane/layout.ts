import { SpscRing } from '../ring/spsc-ring.js'

/**
 * A lane is the memory that the host shares with one worker thread: control words, a table of cells, and two
 * single-producer rings, requests to the worker and results back. It lives and dies with that thread.
 */
export const CONTROL = {
  /** Where the worker is: one of SLEEP. */
  sleep: 0,
  /** 1: the worker is to finish and exit. */
  stop: 1,
  /** 1: the worker waits for room in the result ring. */
  full: 32,
} as const

const CONTROL_BYTES = 512

/** How the worker is to be woken, if at all. */
export const SLEEP = { awake: 0, parked: 1, onLoop: 2 } as const

/**
 * State of a cell: one job that was handed to the worker and has not come back.
 * The worker claims it (queued to running) and the host revokes it (queued to revoked), both by compare-exchange:
 * exactly one of them wins, so a job that was taken back never runs.
 */
export const CELL = { queued: 1, running: 2, revoked: 3, aborting: 4 } as const

/** Kinds of record in the request ring. */
export const REQUEST = { job: 0, shape: 1, name: 2 } as const

/** Kinds of record in the result ring. */
export const RESULT = { value: 0, error: 1, skipped: 2, shape: 3 } as const

/** Set in a record's flags: the value is not in the record but the next message of the value port. */
export const BY_PORT = 1
/** Set in a request's flags: the value is `[input, context]`. */
export const WITH_CONTEXT = 2
/** Set in a record's flags: the value is an int32, as it is. */
export const AS_WORD = 4
/** A request's flags from this bit on: for how many milliseconds its result may wait for others. */
export const PATIENCE_SHIFT = 8

/** A record's header in Int32 words from its start: kind, cell, a name's number or the run time, flags. The value follows. */
export const RECORD = { kind: 0, cell: 1, extra: 2, flags: 3, bytes: 16 } as const

export interface LaneLayout {
  /** Data bytes of each of the two rings. */
  readonly ringBytes: number
  /** How many jobs the worker may hold. */
  readonly cells: number
}

export class LaneMemory {
  readonly control: Int32Array
  readonly states: Int32Array
  /** When the job of a cell began, in milliseconds of the process-wide clock. */
  readonly startedAt: Float64Array
  readonly requests: SpscRing
  readonly results: SpscRing
  readonly words: Int32Array

  static allocate({ ringBytes, cells }: LaneLayout): SharedArrayBuffer {
    return new SharedArrayBuffer(CONTROL_BYTES + 16 * cells + 2 * SpscRing.bytesFor(ringBytes))
  }

  constructor(
    readonly buffer: SharedArrayBuffer,
    readonly layout: LaneLayout,
  ) {
    const { ringBytes, cells } = layout
    this.control = new Int32Array(buffer, 0, CONTROL_BYTES >> 2)
    this.startedAt = new Float64Array(buffer, CONTROL_BYTES, cells)
    this.states = new Int32Array(buffer, CONTROL_BYTES + 8 * cells, cells)
    const rings = CONTROL_BYTES + 16 * cells
    const size = SpscRing.bytesFor(ringBytes)
    this.requests = new SpscRing(buffer, rings, size)
    this.results = new SpscRing(buffer, rings + size, size)
    this.words = new Int32Array(buffer)
  }
}
