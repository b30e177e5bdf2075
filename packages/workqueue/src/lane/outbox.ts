import type { MessagePort, Transferable } from 'node:worker_threads'
import { Encoder, OVERFLOW, UNSUITED } from '../codec/encoder.js'
import { isInt32 } from '../codec/int32.js'
import { outOfSlab } from '../codec/slab.js'
import type { SpscRing } from '../ring/spsc-ring.js'
import { AS_WORD, BY_PORT, type LaneMemory, RECORD } from './layout.js'
import { transferable } from './transfer-list.js'

const SMALLEST = 64
const WORD_RECORD = RECORD.bytes + 4

/**
 * The writing end of one of a lane's rings. A value is encoded in place; what is not plain data, or is too large,
 * goes by structured clone through the value port, and the record in the ring is its token: order and bound stay
 * in one place.
 */
export class Outbox {
  readonly #encoder: Encoder
  readonly #largestInline: number
  #busy = false

  constructor(
    private readonly memory: LaneMemory,
    private readonly ring: SpscRing,
    private readonly port: MessagePort,
    private readonly shapeKind: number,
  ) {
    this.#encoder = new Encoder(memory.buffer)
    this.#largestInline = ring.maxRecord >> 1
  }

  /**
   * Writes one record; visible after `publish`. False when the ring has no room for it now.
   * Throws what the value's own getters throw, DataCloneError for a value that cannot be cloned, and TransferListError.
   */
  write(
    kind: number,
    cell: number,
    extra: number,
    flags: number,
    value: unknown,
    transfer?: readonly Transferable[],
  ): boolean {
    // A getter or a proxy in a value may push again while the first record is half written.
    if (this.#busy) return false
    if (isInt32(value) && transfer === undefined) {
      return this.#word(kind, cell, extra, flags | AS_WORD, value)
    }
    this.#busy = true
    try {
      if (this.#encoder.shapes.hasPending) this.#defineShapes()
      const list = transfer === undefined ? [] : transferable(transfer)
      if (list.length === 0) {
        const written = this.#inline(kind, cell, extra, flags, value)
        if (written !== UNSUITED) return written > 0
      }
      const at = this.ring.reserve(RECORD.bytes)
      if (at < 0) return false
      this.port.postMessage(outOfSlab(value), list)
      this.#header(at, kind, cell, extra, flags | BY_PORT)
      this.ring.commit(RECORD.bytes)
      return true
    } finally {
      this.#busy = false
    }
  }

  publish(): void {
    this.ring.publish()
  }

  /** The commonest of inputs and results: without the encoder, whose code and data a thread finds cold after a long job. */
  #word(kind: number, cell: number, extra: number, flags: number, value: number): boolean {
    const at = this.ring.reserve(WORD_RECORD)
    if (at < 0) return false
    this.#header(at, kind, cell, extra, flags)
    this.memory.words[(at + RECORD.bytes) >> 2] = value
    this.ring.commit(WORD_RECORD)
    return true
  }

  /** 1: written. 0: no room now. UNSUITED: the value must go by the port. */
  #inline(kind: number, cell: number, extra: number, flags: number, value: unknown): number {
    let at = this.ring.reserve(SMALLEST)
    if (at < 0) return 0
    let end = this.#encoder.encode(value, at + RECORD.bytes, at + this.ring.writable)
    if (end === OVERFLOW) {
      if (this.ring.writable >= this.#largestInline) return UNSUITED
      at = this.ring.reserve(this.#largestInline)
      if (at < 0) return 0
      end = this.#encoder.encode(value, at + RECORD.bytes, at + this.ring.writable)
    }
    if (end < 0) return UNSUITED
    this.#header(at, kind, cell, extra, flags)
    this.ring.commit(end - at)
    return 1
  }

  #header(at: number, kind: number, cell: number, extra: number, flags: number): void {
    const { words } = this.memory
    const start = at >> 2
    // V8 would take any number for a float, and convert it.
    words[start + RECORD.kind] = kind | 0
    words[start + RECORD.cell] = cell | 0
    words[start + RECORD.extra] = extra | 0
    words[start + RECORD.flags] = flags | 0
  }

  /**
   * Only while half of the ring is free, and none longer than an eighth: the name and the value behind them find room then.
   * Definitions that had filled the ring would never be published, and so never be read.
   */
  #defineShapes(): void {
    const { shapes } = this.#encoder
    while (shapes.hasPending) {
      const at = this.ring.reserve(this.ring.maxRecord)
      if (at < 0) return
      const keys = shapes.nextPending?.keys
      const end = this.#encoder.encode(keys, at + RECORD.bytes, at + (this.#largestInline >> 1))
      if (end < 0) {
        shapes.drop()
        continue
      }
      this.#header(at, this.shapeKind, -1, 0, 0)
      this.ring.commit(end - at)
      shapes.define()
    }
  }
}
