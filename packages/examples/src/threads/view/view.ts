import { performance } from 'node:perf_hooks'
import { createLogUpdate } from 'log-update'
import type { ThreadsOptions } from '../options.js'
import type { Server } from '../server.js'
import { describe } from './lines.js'

/** What shows lines on the screen. */
interface Screen {
  readonly everyMs: number
  show(lines: readonly string[]): void
  end(): void
}

export interface View {
  end(): void
}

/** Shows what the server does from now on, as the option says. */
export function showView(server: Server, how: ThreadsOptions['view']): View {
  const screen = screenFor(how)
  if (screen === undefined) return { end: () => {} }
  let before = server.state(false)
  let loop = performance.eventLoopUtilization()
  let at = performance.now()
  let hasEnded = false
  const look = async () => {
    const [earlier, now] = await Promise.all([before, server.state(false)])
    if (hasEnded) return
    const seconds = (performance.now() - at) / 1000
    const { idle, active } = performance.eventLoopUtilization(loop)
    loop = performance.eventLoopUtilization()
    at = performance.now()
    before = Promise.resolve(now)
    screen.show(describe({ before: earlier, now, seconds, waiting: idle / (idle + active) }))
  }
  const timer = setInterval(() => void look(), screen.everyMs)
  return {
    end: () => {
      hasEnded = true
      clearInterval(timer)
      screen.end()
    },
  }
}

function screenFor(how: ThreadsOptions['view']): Screen | undefined {
  const isTerminal = process.stdout.isTTY === true
  if (how === 'live' || (how === 'auto' && isTerminal)) {
    const draw = createLogUpdate(process.stdout)
    return { everyMs: 500, show: (lines) => draw(lines.join('\n')), end: () => draw.done() }
  }
  if (how !== 'lines') return undefined
  return { everyMs: 2000, show: (lines) => console.log(lines.join(' | ')), end: () => {} }
}
