/** Signals closer together than this are one wish: `npm start` passes on the Ctrl-C that the program had already (ms). */
const sameWish = 500

/**
 * Calls `stop` at the first SIGINT or SIGTERM; a later one ends the process at once, with the status that a shell
 * expects of a signal.
 */
export function onStopSignal(stop: () => void): void {
  let stoppingSince: number | undefined
  const listener = (signal: NodeJS.Signals) => {
    if (stoppingSince === undefined) {
      stoppingSince = performance.now()
      stop()
    } else if (performance.now() - stoppingSince > sameWish) {
      process.exit(signal === 'SIGINT' ? 130 : 143)
    }
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
}
