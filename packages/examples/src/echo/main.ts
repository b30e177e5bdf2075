import { ensureAvailable } from '@rearm/epoll-native'
import { readCommandLine } from '../program/options.js'
import { onStopSignal } from '../program/stop-signals.js'
import { echoOptions } from './options.js'
import { EchoServer } from './server.js'

const line = readCommandLine(
  'echo',
  'answers every byte with itself, on raw epoll calls',
  echoOptions,
  process.argv.slice(2),
)
if ('say' in line) {
  const { say, exitCode } = line
  if (exitCode === 0) console.log(say)
  else console.error(say)
  process.exitCode = exitCode
} else {
  try {
    ensureAvailable()
    const server = new EchoServer(line.options)
    onStopSignal(() => void server.stop())
    console.log(`listening on ${server.where}`)
  } catch (error) {
    console.error(`echo: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  }
}
