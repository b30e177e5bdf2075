import { runProgram } from '../program/run.js'
import { onStopSignal } from '../program/stop-signals.js'
import { echoOptions } from './options.js'
import { EchoServer } from './server.js'

await runProgram({
  name: 'echo',
  about: 'answers every byte with itself, on raw epoll calls',
  options: echoOptions,
  start(options) {
    const server = new EchoServer(options)
    onStopSignal(() => void server.stop())
    console.log(`listening on ${server.where}`)
  },
})
