/**
 * Calls `stop` at the first SIGINT or SIGTERM; a second one ends the process at once, with the status that a shell
 * expects of a signal.
 */
export function onStopSignal(stop: () => void): void {
  let stopping = false
  const listener = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143)
    stopping = true
    stop()
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
}
