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

/** A terminal that knows no size says 0 of it: it is taken for one of the usual size. log-update would draw nothing. */
function sized(stdout: NodeJS.WriteStream) {
  return {
    isTTY: stdout.isTTY,
    get columns() {
      return stdout.columns || 80
    },
    get rows() {
      return stdout.rows || 24
    },
    write: (text: string) => stdout.write(text),
  }
}

function liveOn(stdout: NodeJS.WriteStream, where: string): Screen {
  const terminal = sized(stdout)
  const draw = createLogUpdate(terminal as NodeJS.WriteStream)
  let shown: Description | undefined
  const show = (what: Description) => {
    shown = what
    draw(fitInto(what, terminal).join('\n'))
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
