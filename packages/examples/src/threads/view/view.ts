import { performance } from 'node:perf_hooks'
import type { ThreadsOptions } from '../options.js'
import type { Server } from '../server.js'
import type { ServerState } from '../state.js'
import { describe } from './lines.js'
import { screenFor } from './screen.js'

export interface View {
  end(): void
}

/** Shows what the server does from now on, as the option says. */
export function showView(server: Server, how: ThreadsOptions['view']): View {
  const screen = screenFor(how, server.where)
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
    if (screen.isQuiet && !hasHappened(earlier, now)) return
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

function hasHappened(before: ServerState, now: ServerState): boolean {
  return (
    now.requests !== before.requests ||
    now.accepted !== before.accepted ||
    now.closed !== before.closed ||
    now.workerCrashes !== before.workerCrashes
  )
}
