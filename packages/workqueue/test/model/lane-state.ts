/** Ways to break the protocol, to see that the checker notices. */
export type LaneSabotage =
  /** HostLane.flush wakes the worker before it publishes. */
  | 'wakeBeforePublish'
  /** The worker parks without looking at its lane again after it said that it will. */
  | 'parkWithoutLook'
  /** The host goes to sleep without looking at the lanes again after it said so. */
  | 'sleepWithoutLook'
  /** Bell.due spares the ring though the host sleeps and will not look by itself. */
  | 'oweToASleeper'
  /** WorkerLane.next claims a job by a plain store. */
  | 'claimWithoutExchange'
  /** HostLane.announceRoom does not notify. */
  | 'silentRoom'
  /** WorkerLane.awaitRoom waits without looking again after it said that it will. */
  | 'awaitRoomWithoutLook'
  /** Succession.settle forgets the jobs that the dead thread held. */
  | 'forgetHeld'
  /** Succession.settle hands out again what the dead thread had begun. */
  | 'repeatBegun'
  /** Succession.settle does not take in first what the dead thread had published. */
  | 'repairWithoutDrain'
  /** HostLane.stop does not wake the worker. */
  | 'silentStop'

export interface LaneModelOptions {
  /** How workers wait when idle. */
  readonly idle: 'park' | 'loop'
  readonly jobs: number
  /** Jobs that a lane may hold. Its result ring holds one record, so that workers must wait for room. */
  readonly cells: number
  /** Threads that die, each at any step. */
  readonly crashes: number
  /** Jobs that the host takes back, at any moment, if they have not begun. */
  readonly revokes: number
  /** The last job ends only when every other job has been answered. */
  readonly gate: boolean
  readonly sabotage?: LaneSabotage
}

export type State = number[]

export const WORKERS = 2

/** What became of a job. */
export const FATE = { open: 0, returned: 1, lost: 2, revoked: 3, twice: 4 } as const

/** Added to a job's number of runs when its result is published. */
export const PUBLISHED = 10

/** As in src/lane/layout.ts and bell.ts. */
export const SLEEP = { awake: 0, parked: 1, onLoop: 2 } as const
export const CELL = { free: 0, queued: 1, running: 2, revoked: 3 } as const
export const HOST = { awake: 0, asleep: 1, dozing: 2 } as const

/** The host's words: its bell, what its event loop has for it, where it stands. */
export const H = {
  bell: 0,
  /** A ring's message is on its way. */
  rung: 1,
  /** The timer of a dozing host, or the immediate of a watching one, is set. */
  alarm: 2,
  step: 3,
  /** The lane that a loop over the lanes has come to. */
  lane: 4,
  crashes: 5,
  revokes: 6,
  closed: 7,
  /** Bits: jobs in the backlog. */
  backlog: 8,
  /** The word that a compare-exchange expects. */
  seen: 9,
  /** Bits: lanes that were written to and not flushed. */
  unflushed: 10,
  /** The step that follows upon a flush. */
  onward: 11,
  words: 12,
} as const

/** A worker's words: its lane's control words and where it stands. Cells and the request ring follow. */
export const W = {
  step: 0,
  sleep: 1,
  /** A wake-up is on its way as a message. */
  message: 2,
  full: 3,
  stop: 4,
  owed: 5,
  cell: 6,
  /** The result ring: one record, the number of its cell + 1; then whether it is published. */
  result: 7,
  resultPublished: 8,
  /** Requests that are published. The others are known to the host only. */
  published: 9,
  /** The word that a compare-exchange expects. */
  seen: 10,
  /** The step that follows upon a ring. */
  onward: 11,
  words: 12,
} as const

/** Where things lie in a state: the host's words, each job's fate and number of runs, then the workers. */
export function layoutOf({ jobs, cells }: LaneModelOptions) {
  const workers = H.words + 2 * jobs
  const size = W.words + 3 * cells
  const own = (worker: number, word: number) => workers + size * worker + word
  return {
    length: workers + WORKERS * size,
    fate: (job: number) => H.words + 2 * job,
    runs: (job: number) => H.words + 2 * job + 1,
    own,
    state: (worker: number, cell: number) => own(worker, W.words + cell),
    /** The job of a cell + 1, or 0. */
    job: (worker: number, cell: number) => own(worker, W.words + cells + cell),
    /** The request ring, oldest first: the number of a cell + 1, or 0. */
    request: (worker: number, place: number) => own(worker, W.words + 2 * cells + place),
  }
}

export type Layout = ReturnType<typeof layoutOf>

/** A copy of `state`, changed. */
export function after(state: readonly number[], change: (t: State) => void): State {
  const t = [...state]
  change(t)
  return t
}

export const read = (state: readonly number[], word: number) => state[word] as number
