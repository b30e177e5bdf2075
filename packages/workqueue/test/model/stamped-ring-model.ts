import type { System } from './explore.js'

/** Ways to break the protocol, to see that the checker notices. */
export type Sabotage =
  | 'none'
  /** A sleeper does not look once more after it has said that it will sleep. */
  | 'noSecondLook'
  /** A sleeper waits without the key it read: for "any later announcement". */
  | 'keylessWait'
  /** Two threads may own a slot at once. */
  | 'noOwner'
  /** A repair wakes nobody: the dead thread may have been the one that was woken. */
  | 'silentRepair'
  /** A close wakes nobody. */
  | 'silentClose'

export interface ModelOptions {
  readonly producers: number
  readonly consumers: number
  readonly capacity: number
  /** Records that each producer pushes. */
  readonly records: number
  /** Whether one thread may die, at any step, and of which kind. Of that kind there should be two. */
  readonly crash?: 'producer' | 'consumer'
  /** Whether the close may come at any moment, or only after the producers have ended. */
  readonly closeEarly: boolean
  readonly sabotage?: Sabotage
}

// Where shared words lie in the state, then three words a slot, then seven a process, then one a record.
const TAIL = 0
const CLOSED = 1
const HEAD = 2
const SEQ = { notEmpty: 3, notFull: 5 }
const SLEEPERS = { notEmpty: 4, notFull: 6 }
const CRASHES = 7
const SLOTS = 8
const STAMP = 0
const OWNER = 1
const VALUE = 2
const PROCESS_WORDS = 7
const PC = 0
const AT = 1
const KEY = 2
const SECOND = 3
const LOCAL = 4
const DONE_COUNT = 5
const SAW_CLOSED = 6

const ASLEEP = 24
const WOKEN = 23
const DEAD = 98
const ENDED = 99
const HOLE = 30
/** State of a record: its push has returned; how often it was delivered counts from there. */
const ACCEPTED = 10

type State = number[]
type Event = 'notEmpty' | 'notFull'

/**
 * The protocol of StampedRing, one atomic operation a step, as src/ring/stamped-ring.ts and event-count.ts do it.
 * Positions are plain integers here; a slot's stamp is 2p when it is free for p and 2p + 1 when it holds p.
 */
export function stampedRingModel(options: ModelOptions): System {
  const { producers, consumers, capacity, records, crash, closeEarly } = options
  const sabotage = options.sabotage ?? 'none'
  const workers = producers + consumers
  const closer = workers
  const repairer = workers + 1
  const processes = SLOTS + 3 * capacity
  const tally = processes + PROCESS_WORDS * (workers + 2)
  const total = producers * records

  const own = (p: number, word: number) => processes + PROCESS_WORDS * p + word
  const slotOf = (position: number) => SLOTS + 3 * (position % capacity)
  const pcOf = (s: readonly number[], p: number) => s[own(p, PC)] as number
  const isOver = (s: readonly number[], p: number) => pcOf(s, p) >= DEAD
  const isProducer = (p: number) => p < producers

  const initial: State = new Array(tally + total).fill(0)
  initial[CRASHES] = crash === undefined ? 0 : 1
  for (let i = 0; i < capacity; i++) initial[SLOTS + 3 * i + STAMP] = 2 * i

  /** A copy of `s` in which process `p` has gone on to `pc`. */
  function go(s: readonly number[], p: number, pc: number, change?: (t: State) => void): State {
    const t = [...s]
    t[own(p, PC)] = pc
    change?.(t)
    forget(t, p)
    return t
  }

  /** What a process will not read again must not tell two states apart. */
  function forget(t: State, p: number): void {
    const pc = t[own(p, PC)] as number
    if (pc !== 0 && pc < DEAD) return
    t[own(p, AT)] = 0
    t[own(p, LOCAL)] = 0
    if (pc === 0 && t[own(p, SECOND)] === 1) return
    t[own(p, KEY)] = 0
    t[own(p, SAW_CLOSED)] = 0
    if (pc >= DEAD) t[own(p, SECOND)] = 0
  }
  const set = (t: State, word: number, value: number) => {
    t[word] = value
  }
  const add = (t: State, word: number, amount: number) => {
    t[word] = (t[word] as number) + amount
  }

  /** The sleepers of an event that a notify may wake: those in its line. */
  const asleep = (s: readonly number[], event: Event) =>
    Array.from({ length: workers }, (_, p) => p).filter(
      (p) => isProducer(p) === (event === 'notFull') && pcOf(s, p) === ASLEEP,
    )

  function notifyOne(s: readonly number[], p: number, event: Event, pc: number): State[] {
    const sleepers = asleep(s, event)
    if (sleepers.length === 0) return [go(s, p, pc)]
    return sleepers.map((q) => go(s, p, pc, (t) => set(t, own(q, PC), WOKEN)))
  }

  function notifyAll(s: readonly number[], p: number, event: Event, pc: number): State[] {
    return [
      go(s, p, pc, (t) => {
        for (const q of asleep(s, event)) t[own(q, PC)] = WOKEN
      }),
    ]
  }

  /** One step of a producer or a consumer: the two are mirror images but for what they do in the slot. */
  function work(s: readonly number[], p: number): State[] {
    const producer = isProducer(p)
    const waits: Event = producer ? 'notFull' : 'notEmpty'
    const wakes: Event = producer ? 'notEmpty' : 'notFull'
    const counter = producer ? TAIL : HEAD
    const at = s[own(p, AT)] as number
    const slot = slotOf(at)
    const second = s[own(p, SECOND)] === 1
    // Records are numbered from 1: 0 is nothing.
    const record = producer ? p * records + (s[own(p, DONE_COUNT)] as number) + 1 : 0
    switch (pcOf(s, p)) {
      case 0: {
        if (producer && s[own(p, DONE_COUNT)] === records) return [go(s, p, ENDED)]
        if (producer && s[CLOSED] === 1) return [go(s, p, second ? 30 : ENDED)]
        return [go(s, p, 1, (t) => set(t, own(p, AT), s[counter] as number))]
      }
      case 1: {
        const stamp = s[slot + STAMP] as number
        if (stamp === 2 * at + (producer ? 0 : 1)) return [go(s, p, 2)]
        if (stamp === 2 * at + (producer ? 1 - 2 * capacity : 0)) return [go(s, p, 5)]
        return [go(s, p, 0)]
      }
      case 2:
        if (s[slot + OWNER] !== 0 && sabotage !== 'noOwner') return [go(s, p, 0)]
        return [go(s, p, 3, (t) => set(t, slot + OWNER, p + 1))]
      case 3:
        if (s[counter] !== at || (producer && s[CLOSED] === 1)) return [go(s, p, 6)]
        return [go(s, p, 4, (t) => add(t, counter, 1))]
      case 6:
        return [go(s, p, 0, (t) => set(t, slot + OWNER, 0))]
      case 4:
        return [
          go(s, p, 7, (t) => {
            if (producer) t[slot + VALUE] = record
            else t[own(p, LOCAL)] = s[slot + VALUE] as number
          }),
        ]
      case 7:
        return [
          go(s, p, 8, (t) => {
            t[slot + STAMP] = producer ? 2 * at + 1 : 2 * (at + capacity)
          }),
        ]
      case 8:
        return [go(s, p, 9, (t) => set(t, slot + OWNER, 0))]
      case 9:
        return [go(s, p, (s[SLEEPERS[wakes]] as number) > 0 ? 10 : 12)]
      case 10:
        return [go(s, p, 11, (t) => add(t, SEQ[wakes], 1))]
      case 11:
        return notifyOne(s, p, wakes, 12)
      case 12:
        return [finish(s, p, producer, record, second)]
      case 13:
        return [
          go(s, p, 0, (t) => {
            add(t, SLEEPERS[waits], -1)
            t[own(p, SECOND)] = 0
          }),
        ]
      case 5:
        return [look(s, p, producer, at, second)]
      case 20:
        return [go(s, p, 21, (t) => set(t, own(p, KEY), s[SEQ[waits]] as number))]
      case 21:
        return [
          go(s, p, producer ? 0 : 25, (t) => {
            add(t, SLEEPERS[waits], 1)
            t[own(p, SECOND)] = 1
            if (sabotage === 'noSecondLook') t[own(p, PC)] = 22
          }),
        ]
      case 25:
        return [go(s, p, 0, (t) => set(t, own(p, SAW_CLOSED), s[CLOSED] as number))]
      case 22: {
        const changed = s[SEQ[waits]] !== s[own(p, KEY)] && sabotage !== 'keylessWait'
        return [go(s, p, changed ? WOKEN : ASLEEP)]
      }
      case WOKEN:
        return [
          go(s, p, 0, (t) => {
            add(t, SLEEPERS[waits], -1)
            t[own(p, SECOND)] = 0
          }),
        ]
      case 30:
        return [go(s, p, ENDED, (t) => add(t, SLEEPERS[waits], -1))]
      default:
        return []
    }
  }

  /** The slot says full or empty; the other counter decides whether that is still so. */
  function look(s: readonly number[], p: number, producer: boolean, at: number, second: boolean) {
    const there = producer ? (s[HEAD] as number) + capacity === at : (s[TAIL] as number) === at
    if (!there) return go(s, p, 0)
    if (!second) return go(s, p, 20)
    if (s[own(p, SAW_CLOSED)] === 1) return go(s, p, 30)
    return go(s, p, 22)
  }

  function finish(
    s: readonly number[],
    p: number,
    producer: boolean,
    record: number,
    second: boolean,
  ) {
    const value = s[own(p, LOCAL)] as number
    if (!producer && value === HOLE) return go(s, p, 0)
    return go(s, p, second ? 13 : 0, (t) => {
      if (producer) {
        add(t, tally + record - 1, ACCEPTED)
        add(t, own(p, DONE_COUNT), 1)
      } else {
        add(t, tally + value - 1, 1)
        t[own(p, LOCAL)] = 0
      }
    })
  }

  function close(s: readonly number[]): State[] {
    const isDue =
      closeEarly || Array.from({ length: producers }, (_, p) => isOver(s, p)).every(Boolean)
    switch (pcOf(s, closer)) {
      case 0:
        if (!isDue) return []
        return [go(s, closer, sabotage === 'silentClose' ? ENDED : 1, (t) => set(t, CLOSED, 1))]
      case 1:
        return [go(s, closer, 2, (t) => add(t, SEQ.notEmpty, 1))]
      case 2:
        return notifyAll(s, closer, 'notEmpty', 3)
      case 3:
        return [go(s, closer, 4, (t) => add(t, SEQ.notFull, 1))]
      case 4:
        return notifyAll(s, closer, 'notFull', ENDED)
      default:
        return []
    }
  }

  /** Goes through the slots of the thread that died, then wakes everybody. */
  function repair(s: readonly number[]): State[] {
    const dead = Array.from({ length: workers }, (_, p) => p).find((p) => pcOf(s, p) === DEAD)
    const pc = pcOf(s, repairer)
    if (dead === undefined || pc === ENDED) return []
    if (pc < 2 * capacity) {
      const slot = SLOTS + 3 * (pc >> 1)
      if (s[slot + OWNER] !== dead + 1) return [go(s, repairer, 2 * (pc >> 1) + 2)]
      if (pc % 2 === 1) return [go(s, repairer, pc + 1, (t) => set(t, slot + OWNER, 0))]
      const stamp = s[slot + STAMP] as number
      const position = stamp >> 1
      const isFree = stamp % 2 === 0
      const isPast = (s[isFree ? TAIL : HEAD] as number) > position
      return [
        go(s, repairer, pc + 1, (t) => {
          if (!isPast) return
          if (isFree) t[slot + VALUE] = HOLE
          t[slot + STAMP] = isFree ? stamp + 1 : 2 * (position + capacity)
        }),
      ]
    }
    if (sabotage === 'silentRepair') return [go(s, repairer, ENDED)]
    switch (pc - 2 * capacity) {
      case 0:
        return [go(s, repairer, pc + 1, (t) => add(t, SEQ.notEmpty, 1))]
      case 1:
        return notifyAll(s, repairer, 'notEmpty', pc + 1)
      case 2:
        return [go(s, repairer, pc + 1, (t) => add(t, SEQ.notFull, 1))]
      default:
        return notifyAll(s, repairer, 'notFull', ENDED)
    }
  }

  /** Two of a kind are interchangeable: of two states that differ by their exchange only one is looked at. */
  function canonical(t: State): void {
    if (producers === 2 && isAfter(t, 0, 1)) {
      exchange(t, 0, 1)
      const swap = (word: number) => {
        const value = t[word] as number
        if (value > 0 && value <= total)
          t[word] = value <= records ? value + records : value - records
      }
      for (let i = 0; i < capacity; i++) swap(SLOTS + 3 * i + VALUE)
      for (let c = producers; c < workers; c++) swap(own(c, LOCAL))
      t.push(...t.splice(tally, records))
    }
    if (consumers === 2 && isAfter(t, producers, producers + 1))
      exchange(t, producers, producers + 1)
  }

  function isAfter(t: State, p: number, q: number): boolean {
    for (let word = 0; word < PROCESS_WORDS; word++) {
      const difference = (t[own(p, word)] as number) - (t[own(q, word)] as number)
      if (difference !== 0) return difference > 0
    }
    return false
  }

  function exchange(t: State, p: number, q: number): void {
    const first = t.slice(own(p, 0), own(p, PROCESS_WORDS))
    t.copyWithin(own(p, 0), own(q, 0), own(q, PROCESS_WORDS))
    for (const [word, value] of first.entries()) t[own(q, word)] = value
    for (let i = 0; i < capacity; i++) {
      const owner = SLOTS + 3 * i + OWNER
      if (t[owner] === p + 1) t[owner] = q + 1
      else if (t[owner] === q + 1) t[owner] = p + 1
    }
  }

  const crashed = (s: readonly number[]) =>
    Array.from({ length: workers }, (_, p) => p).some((p) => pcOf(s, p) === DEAD)

  return {
    initial,
    successors(s) {
      const next: State[] = []
      for (let p = 0; p < workers; p++) {
        if (isOver(s, p)) continue
        next.push(...work(s, p))
        const mayDie = s[CRASHES] === 1 && isProducer(p) === (crash === 'producer')
        if (mayDie) next.push(go(s, p, DEAD, (t) => add(t, CRASHES, -1)))
      }
      next.push(...close(s), ...repair(s))
      for (const state of next) canonical(state)
      return next
    },
    fault(s) {
      for (let record = 0; record < total; record++) {
        const count = (s[tally + record] as number) % ACCEPTED
        if (count > 1) return 'double pop'
      }
      return this.isEnd(s) ? faultAtEnd(s) : undefined
    },
    isEnd(s) {
      for (let p = 0; p < workers; p++) if (!isOver(s, p)) return false
      return pcOf(s, closer) === ENDED && (!crashed(s) || pcOf(s, repairer) === ENDED)
    },
  }

  function faultAtEnd(s: readonly number[]): string | undefined {
    let missing = 0
    for (let record = 0; record < total; record++) {
      const state = s[tally + record] as number
      if (state === ACCEPTED) missing++
    }
    // A consumer that died may have taken one record along.
    const taken = Array.from({ length: consumers }, (_, i) => pcOf(s, producers + i)).includes(DEAD)
    return missing > (taken ? 1 : 0) ? 'lost record' : undefined
  }
}
