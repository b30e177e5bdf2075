import { afterEach, describe, expect, test } from 'vitest'
import { fitInto } from '../src/threads/view/lines.js'
import { connectTo, readBytes } from './program.js'
import { type Size, TerminalProgram } from './terminal.js'

let program: TerminalProgram | undefined
afterEach(() => program?.child.kill('SIGKILL'))

function start(size: Size, ...args: string[]): TerminalProgram {
  program = new TerminalProgram('threads', ['--port', '0', ...args], size)
  return program
}

async function portOf(terminal: TerminalProgram): Promise<number> {
  let port = ''
  await terminal.shows(() => {
    port = /listening on 127\.0\.0\.1:(\d+)\r?\n/.exec(terminal.output)?.[1] ?? ''
    expect(port).not.toBe('')
  })
  return Number(port)
}

const count = (text: string, what: RegExp) => [...text.matchAll(what)].length

describe.each([
  ['lend', 'its reactor', true],
  ['handoff', 'the reactors of all threads', false],
  ['reuseport', 'the reactors of all threads', false],
] as const)('the live view of threads --mode %s', (mode, whose, hasJobs) => {
  test('shows each thread once, its jobs where there are any, and no rate below nothing after a crash', async () => {
    const terminal = start(
      { columns: 150, rows: 24 },
      ...['--mode', mode, '--threads', '2', '--chaos'],
    )
    const port = await portOf(terminal)
    const client = await connectTo(port)
    const ask = async () => {
      client.write('ECHO x\n')
      expect(`${await readBytes(client, 5)}`).toBe('OK x\n')
    }
    for (let i = 0; i < 500; i++) await ask()
    await terminal.shows((text) => {
      expect(text).toMatch(/: 1 connections, .*\n/)
      expect(text).toContain(`% waiting; ${whose}: `)
      expect(count(text, /^thread \d: /gm)).toBe(2)
      expect(count(text, /^thread \d: .*\/s jobs, .*\/s requests$/gm)).toBe(hasJobs ? 2 : 0)
    })
    let worst = 0
    client.write('CRASH\n')
    await terminal.shows((text) => {
      worst = Math.min(worst, ...[...text.matchAll(/-\d/g)].map(([rate]) => Number(rate)))
      expect(text).toContain('threads replaced: 1\n')
    })
    // Two looks more: the first one may have been in the middle of it.
    const again = await connectTo(port)
    await terminal.shows((text) => expect(text).toContain(': 1 connections, '))
    again.destroy()
    await terminal.shows((text) => expect(text).toContain(': 0 connections, '))
    expect(`${worst} ${terminal.screen.text}`).not.toMatch(/-\d/)
    terminal.type('\u0003')
    expect(await terminal.exit()).toBe(0)
  })
})

describe('the live view of threads', () => {
  test('in a small terminal the summary stays, threads are left out and lines are cut; also when its size changes', async () => {
    const small = { columns: 40, rows: 8 }
    const terminal = start(small, '--threads', '12')
    const isWhole =
      ({ columns, rows }: Size, shown: number) =>
      (text: string) => {
        const lines = text.split('\n')
        expect(lines.length).toBeLessThanOrEqual(rows)
        for (const line of lines) expect(line.length).toBeLessThan(columns)
        expect(count(text, /^lend, 12 threads: /gm)).toBe(1)
        expect(count(text, /^main thread: /gm)).toBe(1)
        expect(count(text, /^queue: /gm)).toBe(1)
        expect(count(text, /^thread \d+: /gm)).toBe(shown)
        expect(text).toContain(shown < 12 ? `\n... and ${12 - shown} more\n` : '\nthread 11: ')
      }
    await terminal.shows(isWhole(small, 3))
    expect(terminal.screen.isCursorShown).toBe(false)
    for (const [size, shown] of [
      [{ columns: 150, rows: 30 }, 12],
      [{ columns: 35, rows: 30 }, 12],
      [{ columns: 35, rows: 10 }, 5],
      [{ columns: 150, rows: 7 }, 2],
    ] as const) {
      await terminal.resize(size)
      await terminal.shows(isWhole(size, shown))
    }
    terminal.type('\u0003')
    expect(await terminal.exit()).toBe(0)
    expect(terminal.screen.isCursorShown).toBe(true)
    expect(terminal.screen.text).toMatch(/^queue: /m)
  })

  test.each([
    { columns: 0, rows: 0 },
    { columns: 80, rows: 0 },
  ])('a terminal that does not know its size has the usual one: %o', async (said) => {
    const args = ['--port', '0', '--threads', '2']
    program = new TerminalProgram('threads', args, { columns: 80, rows: 24 }, said)
    await program.shows((text) => expect(text).toContain('main thread: '))
    program.type('\u0003')
    expect(await program.exit()).toBe(0)
  })

  test('when it is ended at once, too, the cursor is shown again', async () => {
    const terminal = start({ columns: 100, rows: 24 }, '--threads', '2', '--drain', '600000')
    const client = await connectTo(await portOf(terminal))
    client.write('ECHO x\nSLEEP 60000\n')
    expect(`${await readBytes(client, 5)}`).toBe('OK x\n')
    await terminal.shows((text) => expect(text).toContain('main thread: '))
    expect(terminal.screen.isCursorShown).toBe(false)
    terminal.type('\u0003')
    await terminal.shows(() => expect(terminal.screen.isCursorShown).toBe(true))
    process.kill(terminal.pid, 'SIGTERM')
    expect(await terminal.exit()).toBe(143)
    expect(terminal.screen.isCursorShown).toBe(true)
  })

  test('in the smallest of terminals the beginning of the first line is left', () => {
    const what = { summary: ['lend, 2 threads', 'main thread'], threads: ['thread 0', 'thread 1'] }
    expect(fitInto(what, { rows: 1, columns: 1 })).toEqual(['l'])
    expect(fitInto(what, { rows: 2, columns: 5 })).toEqual(['lend'])
    expect(fitInto(what, { rows: 4, columns: 80 })).toEqual([...what.summary, '... and 2 more'])
    expect(fitInto(what, { rows: 5, columns: 80 })).toEqual([...what.summary, ...what.threads])
  })
})
