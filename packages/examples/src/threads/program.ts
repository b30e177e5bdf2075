import { shortage } from '../program/descriptors.js'
import { runProgram } from '../program/run.js'
import { onStopSignal } from '../program/stop-signals.js'
import { protocolHelp, threadsOptions } from './options.js'
import { startServer } from './start-server.js'
import { showView } from './view/view.js'

await runProgram({
  name: 'threads',
  about: 'a server on several threads: the reactor, the work queue and the raw layer composed',
  options: threadsOptions,
  more: protocolHelp,
  async start(options) {
    const complaint = shortage(options.threads)
    if (complaint !== undefined) throw new Error(complaint)
    const server = await startServer(options)
    let view: ReturnType<typeof showView> | undefined
    // Before the line: who reads it may send a signal at once.
    onStopSignal(() => {
      view?.end()
      void server.stop()
    })
    console.log(`listening on ${server.where}`)
    view = showView(server, options.view)
  },
})
