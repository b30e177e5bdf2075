import { until } from './until.js'

/**
 * Time that passes only when a test says so, for the sources of the queue alone: its threads have the real one. The test begins with
 *
 *     vi.mock('../src/clock.js', async () => (await import('./support/virtual-time.js')).clock)
 *     vi.mock('node:timers', async (original) =>
 *       (await import('./support/virtual-time.js')).timers(await original()),
 *     )
 */
type Timers = typeof import('node:timers')

interface Timer {
  readonly due: number
  readonly callback: () => void
}

/** Timers as short as these are of the machinery: they fire by themselves, and so much time has passed then. */
const SHORT_MS = 25
/** No pause of the crash budget is longer. */
const LONGEST_PAUSE_MS = 1000

/** The clock of the threads, which the queue compares its own one with. */
const threadClock = () => Number(process.hrtime.bigint()) / 1e6

let at = threadClock()
const running = new Set<Timer>()

export const clock = { now: () => at }

export function timers(real: Timers): object {
  const setTimeout = (callback: () => void, ms: number) => {
    const timer: Timer & { unref(): unknown } = { due: at + ms, callback, unref: () => timer }
    if (ms <= SHORT_MS) return real.setTimeout(() => fire(timer), ms)
    running.add(timer)
    return timer
  }
  const clearTimeout = (timer: (Timer & NodeJS.Timeout) | undefined) => {
    if (timer === undefined || !running.has(timer)) real.clearTimeout(timer)
    else running.delete(timer)
  }
  return { ...real, setTimeout, clearTimeout }
}

/** Lets so many milliseconds pass. */
export function pass(ms: number): void {
  const end = at + ms
  for (let next = first(); next !== undefined && next.due <= end; next = first()) fire(next)
  at = end
}

/** For a new test: it is so much earlier than in the threads. */
export function setBack(ms: number): void {
  running.clear()
  at = threadClock() - ms
}

/** Lets time pass until it is as late as in the threads. */
export function catchUp(): void {
  pass(threadClock() - at)
}

/** What `promise` gives. Until then the pauses between two starts are over at once; no more time than theirs passes. */
export async function withoutPauses<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false
  const settle = () => {
    isSettled = true
  }
  promise.then(settle, settle)
  await until(() => {
    const next = first()
    if (!isSettled && next !== undefined && next.due <= at + LONGEST_PAUSE_MS) fire(next)
    return isSettled
  })
  return promise
}

function first(): Timer | undefined {
  let found: Timer | undefined
  for (const timer of running) if (found === undefined || timer.due < found.due) found = timer
  return found
}

function fire(timer: Timer): void {
  running.delete(timer)
  at = Math.max(at, timer.due)
  timer.callback()
}
