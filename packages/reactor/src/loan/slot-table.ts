import { enter, evict, isLeft, leave, lock, patience } from '../turnstile.js'
import { mostDesks, pack, SlotState, stateOf } from './slot-state.js'

// The header, in words of 32 bits.
const EPFD = 0
const CAPACITY = 1
const CLOSED = 2
const RETURNED = 3
const BELL = 4
const DESKS = 8
/** A turnstile for each desk: inside, it is about to ring the bell. */
const RINGERS = DESKS + mostDesks + 1
const SLOTS = RINGERS + mostDesks + 1

// A slot.
const STATE = 0
const FD = 1
const GENERATION = 2
const EVENTS = 3
const NEXT = 4
const TENANCY = 5
const slotWords = 6

/** What crosses to a worker once, when it starts: all that a `LoanDesk` needs. */
export interface SharedReactor {
  readonly table: SharedArrayBuffer
}

/**
 * The slots, in memory that the reactor and all borrowers see: per registration its state, descriptor, generation and
 * events. Every word is written with `Atomics`, and read with them where another thread may write it. The reactor's thread
 * alone occupies and vacates, and gives a slot its next generation.
 */
export class SlotTable {
  readonly memory: SharedArrayBuffer
  readonly capacity: number
  readonly #words: Int32Array

  private constructor(memory: SharedArrayBuffer) {
    this.memory = memory
    this.#words = new Int32Array(memory)
    this.capacity = Atomics.load(this.#words, CAPACITY)
  }

  static create(capacity: number): SlotTable {
    const memory = new SharedArrayBuffer((SLOTS + capacity * slotWords) * 4)
    new Int32Array(memory)[CAPACITY] = capacity
    return new SlotTable(memory)
  }

  static attach(shared: SharedReactor): SlotTable {
    return new SlotTable(shared.table)
  }

  get epfd(): number {
    return Atomics.load(this.#words, EPFD)
  }

  set epfd(fd: number) {
    Atomics.store(this.#words, EPFD, fd)
  }

  get closed(): boolean {
    return Atomics.load(this.#words, CLOSED) !== 0
  }

  markClosed(): void {
    Atomics.store(this.#words, CLOSED, 1)
  }

  /** The eventfd that a worker rings when a loan is returned. It is open as long as a loan is out, or a desk inside its turnstile. */
  get bell(): number {
    return Atomics.load(this.#words, BELL)
  }

  set bell(fd: number) {
    Atomics.store(this.#words, BELL, fd)
  }

  /** The state word. */
  word(slot: number): number {
    return Atomics.load(this.#words, SLOTS + slot * slotWords + STATE)
  }

  /** Whether the slot is out of the reactor's hands: lent, and not back. */
  isLent(slot: number): boolean {
    const state = stateOf(this.word(slot))
    return state === SlotState.LENT || state >= SlotState.BORROWED
  }

  /** Replaces the state word, if it still is `expected`. */
  exchange(slot: number, expected: number, word: number): boolean {
    const index = SLOTS + slot * slotWords + STATE
    return Atomics.compareExchange(this.#words, index, expected, word) === expected
  }

  /** Sets the state word, in a state that nobody else may leave. */
  setWord(slot: number, word: number): void {
    Atomics.store(this.#words, SLOTS + slot * slotWords + STATE, word)
  }

  /** Of an occupied slot. For its borrower: it does not change before the loan is over. */
  fd(slot: number): number {
    return this.#words[SLOTS + slot * slotWords + FD] ?? -1
  }

  /** How many registrations the slot has had, the present one included; unsigned. Read as `fd` is. */
  tenancy(slot: number): number {
    return (this.#words[SLOTS + slot * slotWords + TENANCY] ?? 0) >>> 0
  }

  /** Unsigned. */
  generation(slot: number): number {
    return Atomics.load(this.#words, SLOTS + slot * slotWords + GENERATION) >>> 0
  }

  setGeneration(slot: number, generation: number): void {
    Atomics.store(this.#words, SLOTS + slot * slotWords + GENERATION, generation)
  }

  /** Gives the slot its next generation, and returns it (unsigned). */
  advance(slot: number): number {
    return (Atomics.add(this.#words, SLOTS + slot * slotWords + GENERATION, 1) + 1) >>> 0
  }

  /** The events that arming asks for, unsigned. */
  events(slot: number): number {
    return Atomics.load(this.#words, SLOTS + slot * slotWords + EVENTS) >>> 0
  }

  setEvents(slot: number, events: number): void {
    Atomics.store(this.#words, SLOTS + slot * slotWords + EVENTS, events)
  }

  /** Fills a free slot: armed, under its current generation. Returns its tenancy. */
  occupy(slot: number, fd: number, events: number): number {
    const base = SLOTS + slot * slotWords
    Atomics.store(this.#words, base + FD, fd)
    Atomics.store(this.#words, base + EVENTS, events)
    Atomics.add(this.#words, base + TENANCY, 1)
    Atomics.store(this.#words, base + STATE, pack(SlotState.ARMED, 0, this.generation(slot)))
    return this.tenancy(slot)
  }

  /** Frees a slot: whoever holds its generation holds nothing from now on. */
  vacate(slot: number): void {
    const base = SLOTS + slot * slotWords
    const generation = this.advance(slot)
    Atomics.store(this.#words, base + STATE, pack(SlotState.FREE, 0, generation))
    Atomics.store(this.#words, base + FD, -1)
  }

  /** Puts a slot on the stack of those whose loan is over. Safe to call from any thread. */
  pushReturned(slot: number): void {
    const next = SLOTS + slot * slotWords + NEXT
    for (;;) {
      const head = Atomics.load(this.#words, RETURNED)
      Atomics.store(this.#words, next, head)
      if (Atomics.compareExchange(this.#words, RETURNED, head, slot + 1) === head) return
    }
  }

  /** Takes the whole stack: to pop one by one beside other threads takes more than a compare-and-exchange. */
  takeReturned(): number[] {
    const slots: number[] = []
    for (let head = Atomics.exchange(this.#words, RETURNED, 0); head !== 0; ) {
      const slot = head - 1
      slots.push(slot)
      head = Atomics.load(this.#words, SLOTS + slot * slotWords + NEXT)
    }
    return slots
  }

  /** Before a desk ends a loan and rings the bell; false: the bell is closed. `endRing` has to follow. */
  beginRing(desk: number): boolean {
    return enter(this.#words, RINGERS + desk)
  }

  endRing(desk: number): void {
    leave(this.#words, RINGERS + desk)
  }

  /**
   * Lets no desk ring from now on, and waits for those that are about to. False: one has not come to its end, killed and never
   * reclaimed, and nobody knows whether it will.
   */
  closeBell(): boolean {
    for (let desk = 1; desk <= mostDesks; desk++) lock(this.#words, RINGERS + desk)
    const deadline = performance.now() + patience
    for (let desk = 1; desk <= mostDesks; desk++) {
      if (!isLeft(this.#words, RINGERS + desk, deadline)) return false
    }
    return true
  }

  /** Takes a desk number for a thread. `undefined`: all are taken. */
  openDesk(threadId: number): number | undefined {
    for (let desk = 1; desk <= mostDesks; desk++) {
      if (Atomics.compareExchange(this.#words, DESKS + desk, 0, threadId + 1) === 0) return desk
    }
    return undefined
  }

  desksOf(threadId: number): number[] {
    const desks: number[] = []
    for (let desk = 1; desk <= mostDesks; desk++) {
      if (Atomics.load(this.#words, DESKS + desk) === threadId + 1) desks.push(desk)
    }
    return desks
  }

  /** Of a thread that is gone, wherever it was. */
  closeDesk(desk: number): void {
    evict(this.#words, RINGERS + desk)
    Atomics.store(this.#words, DESKS + desk, 0)
  }
}
