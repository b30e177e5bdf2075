import type { ServerState } from '../state.js'

/** Two looks at the server, and the time between them in seconds. */
export interface Interval {
  readonly before: ServerState
  readonly now: ServerState
  readonly seconds: number
  /** The part of the time in which the main thread's event loop waited for events, 0 to 1. */
  readonly waiting: number
}

/** What the server did, as lines to print. */
export interface Description {
  readonly summary: readonly string[]
  /** One for each thread. */
  readonly threads: readonly string[]
}

const whole = (value: number): string => Math.round(value).toLocaleString('en')

export function describe({ before, now, seconds, waiting }: Interval): Description {
  const rate = (count: (state: ServerState) => number | undefined) =>
    `${whole(((count(now) ?? 0) - (count(before) ?? 0)) / seconds)}/s`
  const { queue, reactor } = now
  const whose = now.mode === 'lend' ? 'its reactor' : 'the reactors of all threads'
  const summary = [
    `${now.mode}, ${now.threads} threads: ${whole(now.connections)} connections, ${rate((state) => state.requests)} requests, ${now.rss === null ? '?' : whole(now.rss / 2 ** 20)} MiB`,
    `main thread: ${whole(waiting * 100)} % waiting; ${whose}: ${rate((state) => state.reactor.waits)} waits, ${rate((state) => state.reactor.events)} events, ${whole(reactor.stale)} stale, ${whole(reactor.rebuilds)} rebuilds`,
  ]
  if (queue !== undefined) {
    summary.push(
      `queue: ${whole(queue.waiting)} of ${whole(queue.capacity)} jobs wait, ${whole(queue.held)} connections held back; ${rate((state) => state.lends)} lent, ${rate((state) => state.rearms)} re-armed`,
    )
  }
  if (now.workerCrashes > 0) summary.push(`threads replaced: ${whole(now.workerCrashes)}`)
  const threads = now.perThread.map(({ connections, jobs }, thread) => {
    const done =
      jobs === undefined ? '' : `${rate((state) => state.perThread[thread]?.jobs)} jobs, `
    const requests = rate((state) => state.perThread[thread]?.requests)
    return `thread ${thread}: ${whole(connections)} connections, ${done}${requests} requests`
  })
  return { summary, threads }
}

/** As much of it as a terminal can show: the summary first, and as many threads as there is room for. A line that is too long is cut. */
export function fitInto(
  { summary, threads }: Description,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): string[] {
  // The cursor stands in the last row; and what a terminal does in its last column differs.
  const lines = summary.slice(0, Math.max(rows - 1, 1))
  const room = rows - 1 - lines.length
  if (threads.length <= room) lines.push(...threads)
  else if (room > 0) {
    const shown = threads.slice(0, room - 1)
    lines.push(...shown, `... and ${threads.length - shown.length} more`)
  }
  return lines.map((line) => line.slice(0, Math.max(columns - 1, 1)))
}
