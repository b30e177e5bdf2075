import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { Decoder } from '../codec/decoder.js'
import type { SpscRing } from '../ring/spsc-ring.js'
import { AS_WORD, BY_PORT, type LaneMemory, RECORD } from './layout.js'

/** The reading end of one of a lane's rings. Shape definitions are learnt on the way and not shown. */
export class Inbox {
  /** Header of the record that {@link next} found. */
  kind = 0
  cell = 0
  extra = 0
  flags = 0
  readonly #decoder: Decoder
  #at = 0
  #isUnreleased = false

  constructor(
    private readonly memory: LaneMemory,
    private readonly ring: SpscRing,
    private readonly port: MessagePort,
    private readonly shapeKind: number,
  ) {
    this.#decoder = new Decoder(memory.buffer)
  }

  /** Steps to the next record; false when there is none. {@link value} must be asked once for each that has one. */
  next(): boolean {
    for (;;) {
      const at = this.ring.peek()
      if (at < 0) {
        // What was stepped over and has no job behind it would look like something to do for ever.
        if (this.#isUnreleased) this.release()
        return false
      }
      const { words } = this.memory
      const start = at >> 2
      this.#at = at + RECORD.bytes
      this.kind = words[start + RECORD.kind] as number
      if (this.kind !== this.shapeKind) {
        this.cell = words[start + RECORD.cell] as number
        this.extra = words[start + RECORD.extra] as number
        this.flags = words[start + RECORD.flags] as number
        return true
      }
      this.#learnShape()
    }
  }

  #learnShape(): void {
    this.#decoder.define(this.#decoder.decode(this.#at) as string[])
    this.done()
  }

  /** The value of the current record, a copy. */
  value(): unknown {
    if ((this.flags & AS_WORD) !== 0) return this.memory.words[this.#at >> 2]
    return (this.flags & BY_PORT) === 0 ? this.#decoder.decode(this.#at) : this.#receive()
  }

  #receive(): unknown {
    const received = receiveMessageOnPort(this.port)
    if (received === undefined) throw new Error('the value of a record did not arrive')
    return received.message
  }

  /** Drops the current record's value: one that waits in the port must not be taken for the next record's. */
  discard(): void {
    if ((this.flags & BY_PORT) !== 0) receiveMessageOnPort(this.port)
  }

  /** Ends the current record. */
  done(): void {
    this.#isUnreleased = true
    this.ring.skip()
  }

  /** Gives the memory of all ended records back to the writer. */
  release(): void {
    this.#isUnreleased = false
    this.ring.release()
  }
}
