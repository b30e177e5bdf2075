import { readdirSync } from 'node:fs'
import type { Reactor, ReactorStats } from '@rearm/reactor'

/** What the server is doing: the answer to `STATS`, and what the view shows. */
export interface ServerState {
  readonly mode: string
  readonly threads: number
  readonly connections: number
  readonly accepted: number
  readonly closed: number
  readonly requests: number
  /** Of each thread, since it was first started. */
  readonly perThread: readonly ThreadState[]
  readonly queue?: { readonly waiting: number; readonly capacity: number; readonly held: number }
  /** Of all reactors together, also those of threads that have died. */
  readonly reactor: ReactorSummary
  readonly lends?: number
  readonly rearms?: number
  readonly returned?: number
  readonly workerCrashes: number
  /** What connections hold of the budget, in bytes. */
  readonly held: number
  /** Open descriptors of the process. This and what follows is read from files: null while no descriptor is free for that. */
  readonly descriptors: number | null
  /** Differences between the reactors' lists and the kernel's; null also while one cannot be told from a loan, or a thread is missing. */
  readonly audit: number | null
  /** Resident memory in bytes. */
  readonly rss: number | null
}

export interface ThreadState {
  readonly connections: number
  readonly requests: number
  /** Jobs of the queue that it has done; where there is a queue. */
  readonly jobs?: number
}

export type ReactorSummary = Pick<
  ReactorStats,
  'waits' | 'events' | 'stale' | 'ghosts' | 'rebuilds' | 'handlerMs'
>

export function summarize(stats: readonly ReactorSummary[]): ReactorSummary {
  const sum = (key: keyof ReactorSummary) => stats.reduce((total, one) => total + one[key], 0)
  return {
    waits: sum('waits'),
    events: sum('events'),
    stale: sum('stale'),
    ghosts: sum('ghosts'),
    rebuilds: sum('rebuilds'),
    handlerMs: Math.round(sum('handlerMs')),
  }
}

/** What `look` reads from a file; null when no descriptor is free for that, as any client can bring about. */
export function ifReadable<T>(look: () => T): T | null {
  try {
    return look()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EMFILE' || code === 'ENFILE') return null
    throw error
  }
}

/** Differences between a reactor's list and the kernel's; null when no descriptor is free to look with. */
export function countDifferences(reactor: Reactor): number | null {
  const audit = ifReadable(() => reactor.audit())
  return audit === null ? null : audit.missing.length + audit.ghosts.length + audit.wrong.length
}

export function openDescriptors(): number | null {
  // The directory is open itself while it is read.
  return ifReadable(() => readdirSync('/proc/self/fd').length - 1)
}

export function residentBytes(): number | null {
  return ifReadable(() => process.memoryUsage.rss())
}

/** An audit reads as many lines as there are connections: at most so much of the time goes into it. */
const share = 1 / 20
const shortest = 100

/** Keeps what was costly to find out, so that a peer that asks again and again burns no CPU. */
export class Snapshot<T> {
  #value: T | undefined
  #until = 0

  /** The last value, or a new one of `take` if that is too old. */
  get(take: () => T): T {
    const now = performance.now()
    if (this.#value !== undefined && now < this.#until) return this.#value
    const value = take()
    const done = performance.now()
    this.#value = value
    this.#until = done + Math.max(shortest, (done - now) / share)
    return value
  }
}
