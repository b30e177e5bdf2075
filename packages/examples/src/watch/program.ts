import { Reactor } from '@rearm/reactor'
import { runProgram } from '../program/run.js'
import { onStopSignal } from '../program/stop-signals.js'
import { watchBell } from './bell.js'
import { watchChild } from './child.js'
import { watchDirectory } from './directory.js'
import { type WatchOptions, watchOptions } from './options.js'
import { quote } from './quote.js'
import type { Source } from './source.js'
import { watchStandardInput } from './standard-input.js'
import { watchTicks } from './ticks.js'

/** Puts every source on one reactor and returns what closes them all; nothing is left when it throws. */
function watch({ directory, interval, child }: WatchOptions): () => void {
  const reactor = new Reactor()
  const sources: Source[] = []
  const close = () => {
    for (const source of sources) source.close()
    reactor.close()
  }
  const tell = (line: string) => console.log(line)
  try {
    sources.push(watchDirectory(reactor, directory, tell))
    console.log(`watching ${quote(directory)}`)
    sources.push(watchTicks(reactor, interval, tell))
    sources.push(watchChild(reactor, child, tell))
    sources.push(watchBell(reactor, interval, tell))
    sources.push(watchStandardInput(reactor, tell))
    return close
  } catch (error) {
    close()
    throw error
  }
}

await runProgram({
  name: 'watch',
  about:
    'tells what happens to a directory, a timer, a child, a worker and standard input, on one reactor',
  options: watchOptions,
  start(options) {
    let close = () => {}
    // First: a signal that comes while it starts is heard when all of it has, and what there is to close is known.
    // The child is not in the terminal's group: what that sends, it gets from here.
    onStopSignal(() => close(), ['SIGHUP', 'SIGQUIT'])
    close = watch(options)
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      // EPIPE: whoever read what we print has left. Anything else is news to him, and there is nothing else to do here.
      if (error.code !== 'EPIPE') {
        console.error(`watch: ${error.message}`)
        process.exitCode = 1
      }
      close()
    })
  },
})
