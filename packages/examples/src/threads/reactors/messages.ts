import type { ReactorSummary } from '../state.js'

/** What a thread gets when it starts. */
export interface ThreadSetup {
  readonly index: number
  readonly threads: number
  readonly counters: SharedArrayBuffer
  readonly descriptors: SharedArrayBuffer
  /** The connection limit's. */
  readonly full: SharedArrayBuffer
  /** In the mode reuseport: where it accepts. */
  readonly listener: number | undefined
  readonly connections: number
  readonly idle: number
  /** What connections may hold in all, in MiB. */
  readonly memory: number
  readonly chaos: boolean
}

export type ToThread =
  | { readonly type: 'connection'; readonly fd: number }
  /** There is room for a connection again. */
  | { readonly type: 'room' }
  | { readonly type: 'report'; readonly withAudit: boolean }
  /** The answer to `ask`. */
  | { readonly type: 'state'; readonly state: string }
  /** Answer what was received, then end. */
  | { readonly type: 'stop' }

export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'room' }
  | { readonly type: 'ask' }
  | { readonly type: 'report'; readonly report: Report }

export interface Report {
  readonly reactor: ReactorSummary
  /** Differences between the reactor's list and the kernel's; null: not asked for, or no descriptor was free to look with. */
  readonly audit: number | null
}
