import { constants } from 'node:os'

/** Under npm the same signal within this time is one wish: it passes on the Ctrl-C that the program had already (ms). */
const sameWish = 500
const isUnderNpm = process.env.npm_lifecycle_event !== undefined

/**
 * Calls `stop` at the first SIGINT or SIGTERM (or one of `more`); a later one ends the process at once, with the status that
 * a shell expects of a signal.
 */
export function onStopSignal(stop: () => void, more: readonly NodeJS.Signals[] = []): void {
  let first: { readonly signal: NodeJS.Signals; readonly at: number } | undefined
  const listener = (signal: NodeJS.Signals) => {
    if (first === undefined) {
      first = { signal, at: performance.now() }
      stop()
      return
    }
    const isEcho = isUnderNpm && signal === first.signal && performance.now() - first.at < sameWish
    if (!isEcho) process.exit(128 + constants.signals[signal])
  }
  for (const signal of ['SIGINT', 'SIGTERM', ...more] as const) process.on(signal, listener)
}
