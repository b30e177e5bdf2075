import { threadId } from 'node:worker_threads'
import { now } from '../clock.js'
import { RingClosedError } from './errors.js'
import { EventCount } from './event-count.js'
import { Patience } from './patience.js'
import { Positions } from './positions.js'
import { checkRecord } from './record.js'
import type { RingProbe, StampedRingHandle } from './stamped-handle.js'
import {
  allocateStamped,
  checkedCapacity,
  checkMemory,
  HOLE,
  SLOT,
  type StampedRingOptions,
  slotWords,
  WORD,
} from './stamped-layout.js'

/**
 * A bounded queue of byte records in shared memory, for any number of producer and consumer threads.
 *
 * Every slot carries a stamp (Vyukov's bounded queue, with the laps of crossbeam-channel): `position` when the
 * slot is free for that position, `position + 1` when it holds that position's record ({@link Positions}).
 *
 * Every claim is preceded by an owner word in the slot. A thread that is killed between claim and publish leaves
 * its name there, and {@link repair} can finish its step: that is what stamps alone cannot do.
 */
export class StampedRing {
  readonly capacity: number
  readonly slotBytes: number
  readonly #words: Int32Array
  readonly #bytes: Uint8Array
  readonly #notEmpty: EventCount
  readonly #notFull: EventCount
  readonly #positions: Positions
  readonly #slotWords: number
  readonly #owner: number
  readonly #probe: RingProbe | undefined

  /** Makes the memory of a ring. Send it to other threads and wrap it there in a `StampedRing` too. */
  static allocate(options: StampedRingOptions): SharedArrayBuffer {
    return allocateStamped(options)
  }

  constructor(
    readonly buffer: SharedArrayBuffer,
    handle: StampedRingHandle = {},
  ) {
    this.#words = new Int32Array(buffer)
    this.#bytes = new Uint8Array(buffer)
    this.capacity = checkedCapacity(this.#words[WORD.capacity] ?? 0)
    this.slotBytes = this.#words[WORD.slotBytes] ?? 0
    checkMemory(buffer, this.capacity, this.slotBytes)
    this.#notEmpty = new EventCount(this.#words, WORD.notEmpty)
    this.#notFull = new EventCount(this.#words, WORD.notFull)
    this.#positions = new Positions(this.capacity)
    this.#slotWords = slotWords(this.slotBytes)
    this.#owner = handle.owner ?? threadId + 1
    this.#probe = handle.probe
    if (!Number.isInteger(this.#owner) || this.#owner < 1) {
      throw new RangeError('owner must be a positive integer')
    }
  }

  /** True after {@link close}. */
  get closed(): boolean {
    return (Atomics.load(this.#words, WORD.tail) & this.#positions.closedBit) !== 0
  }

  /** How many records are in the ring now; a snapshot when other threads are at work. */
  get length(): number {
    for (;;) {
      const tail = this.#tail
      const head = Atomics.load(this.#words, WORD.head)
      if (this.#tail !== tail) continue
      return this.#positions.distance(head, tail)
    }
  }

  /**
   * Puts one record in, or answers false when the ring is full. Never blocks on the ring's bound.
   * @throws RingClosedError after {@link close}; RangeError when `record` is longer than `slotBytes`; TypeError when it is no
   * Uint8Array or its memory was transferred away; RingStalledError when a thread died in the slot and nobody repaired it.
   */
  tryPush(record: Uint8Array): boolean {
    checkRecord(record, this.slotBytes)
    const words = this.#words
    let patience: Patience | undefined
    for (;;) {
      const tail = Atomics.load(words, WORD.tail)
      if ((tail & this.#positions.closedBit) !== 0) throw new RingClosedError()
      const slot = this.#slot(tail)
      const stamp = Atomics.load(words, slot + SLOT.stamp)
      if (stamp === tail && this.#claim(slot, WORD.tail, tail, 'push:owned')) {
        this.#probe?.('push:claimed')
        words[slot + SLOT.length] = record.length
        this.#bytes.set(record, 4 * (slot + SLOT.payload))
        Atomics.store(words, slot + SLOT.stamp, (tail + 1) | 0)
        Atomics.store(words, slot + SLOT.owner, 0)
        this.#notEmpty.announce()
        return true
      }
      // The slot still holds the record of the lap before: full, if the head has not left it meanwhile.
      if (this.#positions.lapAfter(stamp) === ((tail + 1) | 0)) {
        if (this.#positions.lapAfter(Atomics.load(words, WORD.head)) === tail) return false
      }
      patience ??= new Patience()
      patience.wait(words, slot + SLOT.stamp, stamp, slot + SLOT.owner)
    }
  }

  /**
   * Takes the oldest record out (a copy), or `undefined` when there is none.
   * @throws RingStalledError as {@link tryPush}.
   */
  tryPop(): Uint8Array | undefined {
    const words = this.#words
    let patience: Patience | undefined
    for (;;) {
      const head = Atomics.load(words, WORD.head)
      const slot = this.#slot(head)
      const stamp = Atomics.load(words, slot + SLOT.stamp)
      if (stamp === ((head + 1) | 0) && this.#claim(slot, WORD.head, head, 'pop:owned')) {
        this.#probe?.('pop:claimed')
        const record = this.#copy(slot)
        Atomics.store(words, slot + SLOT.stamp, this.#positions.lapAfter(head))
        Atomics.store(words, slot + SLOT.owner, 0)
        this.#notFull.announce()
        if (record !== undefined) return record
        continue
      }
      if (stamp === head && this.#tail === head) return undefined
      patience ??= new Patience()
      patience.wait(words, slot + SLOT.stamp, stamp, slot + SLOT.owner)
    }
  }

  /**
   * Puts one record in; blocks the thread while the ring is full, at most `timeoutMs` milliseconds.
   * Answers false when the time ran out. @throws RingClosedError, also while it waits.
   */
  push(record: Uint8Array, timeoutMs = Number.POSITIVE_INFINITY): boolean {
    const end = now() + timeoutMs
    while (!this.tryPush(record)) {
      const key = this.#notFull.prepare()
      let taken = false
      try {
        taken = this.tryPush(record)
      } catch (closed) {
        this.#notFull.cancel()
        throw closed
      }
      const left = end - now()
      if (taken || left <= 0) {
        this.#notFull.cancel()
        return taken
      }
      this.#notFull.wait(key, left)
    }
    return true
  }

  /**
   * Takes the oldest record out; blocks the thread while there is none, at most `timeoutMs` milliseconds.
   * Answers `undefined` when the time ran out, or when the ring is closed and empty.
   */
  pop(timeoutMs = Number.POSITIVE_INFINITY): Uint8Array | undefined {
    const end = now() + timeoutMs
    for (;;) {
      const first = this.tryPop()
      if (first !== undefined) return first
      const key = this.#notEmpty.prepare()
      // Closed is read before the second look: after it the tail stands still, and empty is empty for good.
      const closed = this.closed
      const second = this.tryPop()
      const left = end - now()
      if (second !== undefined || closed || left <= 0) {
        this.#notEmpty.cancel()
        return second
      }
      this.#notEmpty.wait(key, left)
    }
  }

  /** No more records are taken; those inside, and a push that is under way, can still be popped. Wakes every sleeper. Idempotent. */
  close(): void {
    Atomics.or(this.#words, WORD.tail, this.#positions.closedBit)
    this.#notEmpty.announceAll()
    this.#notFull.announceAll()
  }

  /**
   * Finishes what a dead thread had begun, so that nobody waits for it. Call it when the thread is certainly
   * gone (its 'exit' event). Returns the records it had claimed for itself and not yet taken away.
   */
  repair(owner: number): Uint8Array[] {
    const lost: Uint8Array[] = []
    for (let index = 0; index < this.capacity; index++) {
      const slot = WORD.slots + index * this.#slotWords
      if (Atomics.load(this.#words, slot + SLOT.owner) !== owner) continue
      const stamp = Atomics.load(this.#words, slot + SLOT.stamp)
      const isFree = this.#positions.index(stamp) === index
      const position = isFree ? stamp : (stamp - 1) | 0
      // Nobody else takes a counter past a slot that the dead thread owns: this reading is stable. A counter
      // behind the position means that the thread had done its step, or had not yet begun it.
      const counter = isFree ? this.#tail : Atomics.load(this.#words, WORD.head)
      if (((counter - position) | 0) > 0) {
        if (isFree) {
          this.#words[slot + SLOT.length] = HOLE
          Atomics.store(this.#words, slot + SLOT.stamp, (position + 1) | 0)
        } else {
          const record = this.#copy(slot)
          if (record !== undefined) lost.push(record)
          Atomics.store(this.#words, slot + SLOT.stamp, this.#positions.lapAfter(position))
        }
      }
      Atomics.store(this.#words, slot + SLOT.owner, 0)
    }
    // It may have died with a wake-up in hand that was meant for one thread only.
    this.#notEmpty.announceAll()
    this.#notFull.announceAll()
    return lost
  }

  /** Owner word first, counter second. False: another thread was faster, look again. */
  #claim(slot: number, counter: number, position: number, point: 'push:owned' | 'pop:owned') {
    const words = this.#words
    if (Atomics.compareExchange(words, slot + SLOT.owner, 0, this.#owner) !== 0) return false
    this.#probe?.(point)
    const next = this.#positions.next(position)
    if (Atomics.compareExchange(words, counter, position, next) === position) return true
    Atomics.store(words, slot + SLOT.owner, 0)
    return false
  }

  /** The next position to be pushed, without the closed bit. */
  get #tail(): number {
    return Atomics.load(this.#words, WORD.tail) & ~this.#positions.closedBit
  }

  #copy(slot: number): Uint8Array | undefined {
    const length = this.#words[slot + SLOT.length] ?? HOLE
    if (length === HOLE) return undefined
    const start = 4 * (slot + SLOT.payload)
    return Uint8Array.from(this.#bytes.subarray(start, start + length))
  }

  #slot(position: number): number {
    return WORD.slots + this.#positions.index(position) * this.#slotWords
  }
}
