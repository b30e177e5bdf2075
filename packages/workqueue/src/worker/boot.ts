import type { MessagePort } from 'node:worker_threads'
import type { LaneLayout } from '../lane/layout.js'

/** Under this key of its `workerData` a worker thread finds what the queue gives it. */
export const BOOT_KEY = '@rearm/workqueue'

/** Both sides must be of one making: a bundled job module may carry another release of this package. */
export const PROTOCOL = 2

/** How a worker waits when it has nothing to do. */
export type IdleMode = 'auto' | 'park' | 'loop'

export interface Boot {
  readonly protocol: number
  readonly module: string
  /** The thread's place in the queue. */
  readonly index: number
  readonly layout: LaneLayout
  readonly memory: SharedArrayBuffer
  readonly bell: SharedArrayBuffer
  /** Control messages, and the host's wake-ups. */
  readonly port: MessagePort
  /** Values that do not travel in the rings. */
  readonly values: MessagePort
  readonly concurrency: number
  readonly idle: IdleMode
  readonly hasContext: boolean
  readonly data: unknown
  readonly wake: { readonly module: string; readonly data: unknown } | undefined
  readonly probe: string | undefined
}

/** What a worker says through the control port. A bare 0 is a ring of the bell. */
export type FromWorker =
  | 0
  | { readonly type: 'ready'; readonly jobs: string[]; readonly idempotent: string[] }
  | { readonly type: 'failed'; readonly failure: string; readonly error: unknown }

/** What the host says through the control port to wake the thread; any other number is the cell of an aborted job. */
export const WAKE = -1
