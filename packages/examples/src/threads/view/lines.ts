import type { ServerState } from '../state.js'

/** Two looks at the server, and the time between them in seconds. */
export interface Interval {
  readonly before: ServerState
  readonly now: ServerState
  readonly seconds: number
  /** The part of the time in which the main thread's event loop waited for events, 0 to 1. */
  readonly waiting: number
}

const whole = (value: number): string => Math.round(value).toLocaleString('en')

/** What the server did, as lines to print. */
export function describe({ before, now, seconds, waiting }: Interval): string[] {
  const rate = (count: (state: ServerState) => number) =>
    `${whole((count(now) - count(before)) / seconds)}/s`
  const { queue, reactor } = now
  const lines = [
    `${now.mode}, ${now.threads} threads: ${whole(now.connections)} connections, ${rate((state) => state.requests)} requests, ${now.rss === null ? '?' : whole(now.rss / 2 ** 20)} MiB`,
    `main thread: ${whole(waiting * 100)} % waiting, ${rate((state) => state.reactor.waits)} waits, ${rate((state) => state.reactor.events)} events, ${whole(reactor.stale)} stale, ${whole(reactor.rebuilds)} rebuilds`,
  ]
  if (queue !== undefined) {
    lines.push(
      `queue: ${whole(queue.waiting)} of ${whole(queue.capacity)} jobs wait, ${whole(queue.held)} connections held back; ${rate((state) => state.lends ?? 0)} lent, ${rate((state) => state.rearms ?? 0)} re-armed`,
    )
  }
  for (const [thread, { connections }] of now.perThread.entries()) {
    const requests = rate((state) => state.perThread[thread]?.requests ?? 0)
    lines.push(`thread ${thread}: ${whole(connections)} connections, ${requests} requests`)
  }
  if (now.workerCrashes > 0) lines.push(`${whole(now.workerCrashes)} threads were replaced`)
  return lines
}
