import { createLogUpdate } from 'log-update'
import type { ThreadsOptions } from '../options.js'
import { type Description, fitInto } from './lines.js'

/** What shows on standard output what the server does. */
export interface Screen {
  readonly everyMs: number
  /** Whether it says nothing while nothing happens. */
  readonly isQuiet: boolean
  show(what: Description): void
  end(): void
}

/** @param where the server listens */
export function screenFor(how: ThreadsOptions['view'], where: string): Screen | undefined {
  if (how === 'none') return undefined
  const { stdout } = process
  if (how === 'live' || (how === 'auto' && stdout.isTTY === true)) return liveOn(stdout, where)
  return {
    everyMs: 2000,
    isQuiet: how === 'auto',
    show: ({ summary, threads }) => console.log([...summary, ...threads].join(' | ')),
    end: () => {},
  }
}

/** The cursor to the first row, and nothing on the screen. */
const clearScreen = '\u001b[H\u001b[2J'

function liveOn(stdout: NodeJS.WriteStream, where: string): Screen {
  const draw = createLogUpdate(stdout)
  let shown: Description | undefined
  const show = (what: Description) => {
    shown = what
    // A terminal that knows no size says 0.
    const { columns, rows } = stdout
    draw(fitInto(what, { columns: columns || 80, rows: rows || 24 }).join('\n'))
  }
  const redraw = () => {
    if (shown === undefined) return
    // Some terminals wrap anew what stands on them, so that nobody knows which rows are ours.
    draw.clear()
    stdout.write(`${clearScreen}listening on ${where}\n`)
    show(shown)
  }
  stdout.on('resize', redraw)
  return {
    everyMs: 500,
    isQuiet: false,
    show,
    end: () => {
      stdout.off('resize', redraw)
      draw.done()
    },
  }
}
