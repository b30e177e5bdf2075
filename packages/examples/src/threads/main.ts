import { ensureAvailable } from '@rearm/epoll-native'
import { readCommandLine } from '../program/options.js'
import { onStopSignal } from '../program/stop-signals.js'
import { protocolHelp, threadsOptions } from './options.js'
import { startServer } from './start-server.js'
import { showView } from './view/view.js'

const line = readCommandLine(
  'threads',
  'a server on several threads: the reactor, the work queue and the raw layer composed',
  threadsOptions,
  process.argv.slice(2),
  protocolHelp,
)
if ('say' in line) {
  const { say, exitCode } = line
  if (exitCode === 0) console.log(say)
  else console.error(say)
  process.exitCode = exitCode
} else {
  try {
    ensureAvailable()
    const server = await startServer(line.options)
    let view: ReturnType<typeof showView> | undefined
    // Before the line: who reads it may send a signal at once.
    onStopSignal(() => {
      view?.end()
      void server.stop()
    })
    console.log(`listening on ${server.where}`)
    view = showView(server, line.options.view)
  } catch (error) {
    console.error(`threads: ${error instanceof Error ? error.message : String(error)}`)
    // Threads that did come up would keep it alive.
    process.exit(1)
  }
}
