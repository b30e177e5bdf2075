import { channel } from 'node:diagnostics_channel'
import type { Reactor } from './reactor.js'

/** What `rearm:reactor:batch` tells: a batch was dispatched. */
export interface BatchMessage {
  readonly reactor: Reactor
  /** How many events the kernel delivered. */
  readonly events: number
  /** How many handlers were called. */
  readonly delivered: number
  /** What they threw. */
  readonly errors: readonly unknown[]
}

/** What `rearm:reactor:rebuild` tells: a ghost was found, and the epoll built anew, or that has failed. */
export interface RebuildMessage {
  readonly reactor: Reactor
  readonly error?: unknown
}

// Free while nobody has subscribed.
const batches = channel('rearm:reactor:batch')
const rebuilds = channel('rearm:reactor:rebuild')

export function tellBatch(
  reactor: Reactor,
  events: number,
  delivered: number,
  errors: readonly unknown[],
): void {
  if (!batches.hasSubscribers) return
  batches.publish({ reactor, events, delivered, errors: [...errors] } satisfies BatchMessage)
}

export function tellRebuild(reactor: Reactor, error?: unknown): void {
  if (!rebuilds.hasSubscribers) return
  rebuilds.publish({ reactor, ...(error !== undefined && { error }) } satisfies RebuildMessage)
}
