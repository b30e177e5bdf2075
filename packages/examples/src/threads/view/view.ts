import { performance } from 'node:perf_hooks'
import { createLogUpdate } from 'log-update'
import type { ThreadsOptions } from '../options.js'
import type { Server } from '../server.js'
import type { ServerState } from '../state.js'
import { describe } from './lines.js'

/** What shows lines on the screen. */
interface Screen {
  readonly everyMs: number
  /** Whether it says nothing while nothing happens. */
  readonly isQuiet: boolean
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

function screenFor(how: ThreadsOptions['view']): Screen | undefined {
  const isTerminal = process.stdout.isTTY === true
  if (how === 'live' || (how === 'auto' && isTerminal)) {
    const draw = createLogUpdate(process.stdout)
    return {
      everyMs: 500,
      isQuiet: false,
      show: (lines) => draw(lines.join('\n')),
      end: () => draw.done(),
    }
  }
  if (how === 'none') return undefined
  const show = (lines: readonly string[]) => console.log(lines.join(' | '))
  return { everyMs: 2000, isQuiet: how === 'auto', show, end: () => {} }
}

function hasHappened(before: ServerState, now: ServerState): boolean {
  return (
    now.requests !== before.requests ||
    now.accepted !== before.accepted ||
    now.closed !== before.closed ||
    now.workerCrashes !== before.workerCrashes
  )
}
