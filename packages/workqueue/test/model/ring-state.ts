/** Ways to break the protocol, to see that the checker notices. */
export type Sabotage =
  /** A sleeper does not look once more after it has said that it will sleep. */
  | 'noSecondLook'
  /** A sleeper waits without the key it read: for "any later announcement". */
  | 'keylessWait'
  /** Two threads may own a slot at once. */
  | 'noOwner'
  /** A repair wakes nobody: the dead thread may have been the one that was woken. */
  | 'silentRepair'
  /** A repair frees the slot of the dead thread and does not finish its step. */
  | 'repairWithoutFinish'
  /** A repair finishes a step without a look whether the dead thread had begun it. */
  | 'repairWithoutCounter'
  /** A close wakes nobody. */
  | 'silentClose'
  /** The closed bit lies beside the tail, not in it: a push may claim a position after the close. */
  | 'closeBesideTail'
  /** A consumer reads whether the ring is closed after its second look, not before. */
  | 'closedAfterLook'

/** Of which kind a thread may be that dies, once, at any step. */
export type Mortal = 'producer' | 'consumer' | 'closer'

export interface ModelOptions {
  readonly producers: number
  readonly consumers: number
  readonly capacity: number
  /** Records that each producer pushes. */
  readonly records: number
  readonly mortals?: readonly Mortal[]
  /** Whether the close may come at any moment, or only after the producers have ended. */
  readonly closeEarly: boolean
  /** Every state as it is, without the reductions of ring-reduction.ts. */
  readonly plain?: boolean
  readonly sabotage?: Sabotage
}

export type State = number[]
export type Event = 'notEmpty' | 'notFull'

/** Shared words. Then come three words a slot, then seven a process, then one a record. */
export const TAIL = 0
export const CLOSED = 1
export const HEAD = 2
export const SEQ = { notEmpty: 3, notFull: 4 } as const
export const SLEEPERS = { notEmpty: 5, notFull: 6 } as const
export const CRASHES = 7
export const FAULT = 8
const SHARED_WORDS = 9

/** A slot's words. Its stamp is 2p when it is free for position p and 2p + 1 when it holds p's record. */
export const SLOT = { stamp: 0, owner: 1, payload: 2, words: 3 } as const

/** What a slot's payload is: nothing that anybody waits for, a record, or what a repair leaves for one. */
export const PAYLOAD = { none: 0, hole: 1, record: 2 } as const

/** A process's words: where it stands, the position it looks at, and what else it remembers. */
export const P = {
  pc: 0,
  at: 1,
  /** The event's sequence number; or, reduced, whether it has moved since it was read. */
  key: 2,
  /** 1: it has said that it will sleep, and looks for the second time. */
  second: 3,
  /** A consumer's payload; whether the repairer has found a step to finish. */
  local: 4,
  /** How many records a producer has pushed. */
  done: 5,
  sawClosed: 6,
  words: 7,
} as const

/** Where a producer or a consumer stands: the atomic operation of tryPush, tryPop, push or pop that it does next. */
export const AT = {
  counter: 0,
  stamp: 1,
  own: 2,
  claim: 3,
  unown: 4,
  payload: 5,
  publish: 6,
  release: 7,
  sleepers: 8,
  sequence: 9,
  notify: 10,
  returned: 11,
  cancel: 12,
  /** The slot says full or empty: the other counter decides whether that is still so. */
  other: 13,
  key: 14,
  prepare: 15,
  readClosed: 16,
  wait: 17,
  asleep: 18,
  woken: 19,
  cancelClosed: 20,
  dead: 30,
  ended: 31,
} as const

/** A fault that a step has met, by its number in the state. */
export const FAULTS = [
  undefined,
  'double pop',
  'lost record',
  'two threads in one slot',
  'a stamp went back',
  'a stamp ahead of its counter',
] as const

export type Fault = 1 | 2 | 3 | 4 | 5

export const read = (s: readonly number[], word: number) => s[word] as number

export type Layout = ReturnType<typeof layoutOf>

export function layoutOf(options: ModelOptions) {
  const { producers, consumers, capacity, records, plain = false } = options
  const workers = producers + consumers
  const total = producers * records
  const processes = SHARED_WORDS + SLOT.words * capacity
  // The closer has but one word.
  const tally = processes + P.words * (workers + 1) + 1
  const own = (p: number, word: number) =>
    processes + P.words * p + word - (p > workers ? P.words - 1 : 0)
  const slot = (position: number) => SHARED_WORDS + SLOT.words * (position % capacity)
  const pc = (s: readonly number[], p: number) => read(s, own(p, P.pc))
  /** A copy of `s` in which process `p` has gone on to `pc`. */
  const go = (s: readonly number[], p: number, pc: number): State => {
    const t = s.slice()
    t[own(p, P.pc)] = pc
    return t
  }
  const isOver = (s: readonly number[], p: number) => pc(s, p) >= AT.dead

  /** How many bits each word needs. The plain states are few: they may be wide. */
  function widths(): number[] {
    const length = plain ? tally + total : tally
    if (plain) return new Array<number>(length).fill(8)
    const bits = (most: number) => 32 - Math.clz32(most)
    const all = new Array<number>(length).fill(1)
    all[TAIL] = all[HEAD] = bits(total)
    all[SEQ.notEmpty] = all[SEQ.notFull] = 0
    all[SLEEPERS.notEmpty] = bits(consumers)
    all[SLEEPERS.notFull] = bits(producers)
    all[FAULT] = bits(FAULTS.length)
    const stamps = bits(2 * (total + capacity))
    for (let i = 0; i < capacity; i++) {
      all[slot(i) + SLOT.stamp] = stamps
      all[slot(i) + SLOT.owner] = bits(workers)
      all[slot(i) + SLOT.payload] = 2
    }
    for (let p = 0; p < workers + 2; p++) {
      all[own(p, P.pc)] = 5
      if (p === workers) continue
      all[own(p, P.at)] = p > workers ? stamps : bits(total)
      all[own(p, P.local)] = p < producers ? 0 : 2
      all[own(p, P.done)] = p < producers ? bits(records) : 0
    }
    all[own(workers + 1, P.sawClosed)] = 0
    return all
  }

  return {
    workers,
    closer: workers,
    repairer: workers + 1,
    total,
    widths: widths(),
    own,
    slot,
    go,
    /** A record's word: how often it was delivered. Only in plain states. */
    tally: (record: number) => tally + record - PAYLOAD.record,
    pc,
    isOver,
    isProducer: (p: number) => p < producers,
    /** The process that died and whose step is to be finished. */
    dead: (s: readonly number[]) => {
      for (let p = 0; p <= workers; p++) if (pc(s, p) === AT.dead) return p
      return undefined
    },
  }
}
