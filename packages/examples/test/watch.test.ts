import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Program } from './program.js'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'watch-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const main = fileURLToPath(new URL('../dist/watch/main.js', import.meta.url))
const seldom = ['--interval', '3600000', '--child', 'true']

function watch(args: readonly string[] = seldom, stdin: 'ignore' | 'pipe' | number = 'ignore') {
  return new Program('watch', ['--directory', directory, ...args], stdin)
}

/** Waits until each of `wanted` is among the lines, in this order. */
async function hears(program: Program, ...wanted: (string | RegExp)[]): Promise<void> {
  await vi.waitFor(
    () => {
      let from = 0
      for (const one of wanted) {
        const index = program.lines.findIndex(
          (line, at) => at >= from && (typeof one === 'string' ? line === one : one.test(line)),
        )
        expect(index, `${one} in\n${program.lines.join('\n')}\n${program.stderr}`).not.toBe(-1)
        from = index + 1
      }
    },
    { timeout: 50_000, interval: 10 },
  )
}

function childOf(program: Program): number {
  const started = program.lines.find((line) => line.startsWith('child: '))
  return Number(/\d+/.exec(started ?? '')?.[0])
}

function isRunning(pid: number): boolean {
  try {
    // A zombie has ended: whose child it is now may take its time.
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Waits until it is: who was sent a signal may take its time. */
async function isGone(pid: number): Promise<void> {
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 50_000 })
}

async function stops(program: Program): Promise<void> {
  program.child.kill('SIGTERM')
  expect(await program.exit()).toBe(0)
  expect(program.stderr).toBe('')
}

describe('watch', () => {
  test('tells which files of the directory are created, modified and deleted', async () => {
    const program = watch()
    await hears(program, `watching "${directory}"`, 'input: end')
    // Nothing but the directory has anything to tell any more.
    await hears(program, /^child: \d+ exited/)
    const file = join(directory, 'a file')
    writeFileSync(file, 'one')
    await hears(program, 'directory: created "a file"', 'directory: modified "a file"')
    const before = program.lines.length
    appendFileSync(file, 'two')
    renameSync(file, join(directory, 'renamed'))
    rmSync(join(directory, 'renamed'))
    mkdirSync(file)
    await hears(program, 'directory: deleted "renamed"', 'directory: created "a file"')
    expect(program.lines.slice(before)).toEqual([
      'directory: modified "a file"',
      'directory: deleted "a file"',
      'directory: created "renamed"',
      'directory: deleted "renamed"',
      'directory: created "a file"',
    ])
    await stops(program)
  })

  test('a file name with control characters stays on its line and commands no terminal', async () => {
    const program = watch()
    await hears(program, 'input: end')
    writeFileSync(join(directory, 'a\nb\u001b[2J\u009b'), '')
    await hears(program, 'directory: created "a\\nb\\u001b[2J\\u009b"')
  })

  test('tells when the directory itself is gone', async () => {
    const program = watch()
    await hears(program, 'input: end')
    rmSync(directory, { recursive: true })
    await hears(program, 'directory: is itself gone')
    await stops(program)
  })

  test('the timer ticks, and the worker rings, again and again', async () => {
    const program = watch(['--interval', '20'])
    await hears(program, /^timer: tick \d+/, /^timer: tick \d+/)
    await hears(program, /^bell: rung (once|\d+ times) by the worker$/, /^bell: rung/)
    await stops(program)
  })

  test.each([
    ['exit 7', /^child: \d+ exited with 7$/],
    ['kill -9 $$', /^child: \d+ died of SIGKILL$/],
  ])('tells how the child ended: %s', async (command, end) => {
    const program = watch(['--child', command])
    await hears(program, /^child: \d+ started$/, end)
    await stops(program)
  })

  test('a stop ends a child that still runs', async () => {
    const program = watch(['--child', 'exec sleep 3600'])
    await hears(program, 'input: end')
    const pid = childOf(program)
    expect(isRunning(pid)).toBe(true)
    await stops(program)
    await isGone(pid)
  })

  test('a stop ends what the child has started, too', async () => {
    const program = watch(['--child', `sleep 3600 & echo $! > '${directory}/pid'; wait`])
    await hears(program, 'directory: modified "pid"')
    const grandchild = Number(readFileSync(join(directory, 'pid'), 'utf8'))
    expect(isRunning(grandchild)).toBe(true)
    await stops(program)
    await isGone(grandchild)
  })

  /** It and what it starts take no notice of SIGTERM. */
  const stubborn = () =>
    `trap "" TERM; sleep 3600 & echo $! > '${directory}/pid'; while :; do sleep 0.1; done`

  test('a child that takes no notice of it is killed, with what it has started', async () => {
    const program = watch(['--child', stubborn()])
    await hears(program, 'directory: modified "pid"')
    const grandchild = Number(readFileSync(join(directory, 'pid'), 'utf8'))
    await stops(program)
    await isGone(grandchild)
    await isGone(childOf(program))
  })

  test('a second signal kills the child, with what it has started, and ends at once', async () => {
    const program = watch(['--child', stubborn()])
    await hears(program, 'directory: modified "pid"')
    const grandchild = Number(readFileSync(join(directory, 'pid'), 'utf8'))
    // Stopped meanwhile, so that it has both at once: after the first it ends by itself in half a second.
    program.child.kill('SIGSTOP')
    program.child.kill('SIGTERM')
    program.child.kill('SIGINT')
    program.child.kill('SIGCONT')
    expect([130, 143]).toContain(await program.exit())
    await isGone(grandchild)
    await isGone(childOf(program))
  })

  test('standard input may be a pipe: each piece is told as it comes, and the end', async () => {
    const program = watch(seldom, 'pipe')
    await hears(program, /^child: \d+ exited/)
    program.child.stdin?.write('hello\n')
    await hears(program, 'input: "hello\\n"')
    program.child.stdin?.write(Buffer.from([0xe2, 0x82]))
    program.child.stdin?.end(Buffer.from([0xac]))
    await hears(program, /^input: "€"$/, 'input: end')
    await stops(program)
  })

  test('standard input may be a regular file', async () => {
    const file = join(directory, 'input')
    writeFileSync(file, 'x'.repeat(5000))
    const descriptor = openSync(file, 'r')
    try {
      const program = watch(seldom, descriptor)
      const first = `input: "${'x'.repeat(4096)}"`
      await hears(program, first, `input: "${'x'.repeat(904)}"`, 'input: end')
      await stops(program)
    } finally {
      closeSync(descriptor)
    }
  })

  test('standard input may be a terminal, where Ctrl-C exits 0', async () => {
    const command = `exec '${process.execPath}' '${main}' --directory '${directory}' ${seldom.slice(0, 2).join(' ')}`
    const terminal: ChildProcess = spawn('script', ['-qec', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    try {
      let output = ''
      terminal.stdout?.setEncoding('utf8').on('data', (piece: string) => {
        output += piece
      })
      const ended = once(terminal, 'exit').catch((error: unknown) => {
        throw new Error('this test needs script(1): Debian bsdutils, Alpine util-linux-misc', {
          cause: error,
        })
      })
      const shows = (what: string) =>
        Promise.race([
          ended.then(([status]) => {
            throw new Error(`it ended with ${status} before it showed ${what}:\n${output}`)
          }),
          vi.waitFor(() => expect(output).toContain(what), { timeout: 50_000, interval: 10 }),
        ])
      await shows('child: ')
      terminal.stdin?.write('typed\n')
      await shows('input: "typed\\n"')
      terminal.stdin?.write('\u0003')
      expect(await ended).toEqual([0, null])
    } finally {
      terminal.kill('SIGKILL')
    }
  })

  test('ends quietly when nobody reads what it prints', async () => {
    const command = `'${process.execPath}' '${main}' --directory '${directory}' --interval 10 < /dev/null | head -n 1`
    const shell = spawn('/bin/bash', ['-o', 'pipefail', '-c', command])
    const [output, complaint, [status]] = await Promise.all([
      text(shell.stdout),
      text(shell.stderr),
      once(shell, 'exit'),
    ])
    expect(output).toBe(`watching "${directory}"\n`)
    expect(complaint).toBe('')
    expect(status).toBe(0)
  })

  test('says so and ends when nothing can be printed', async () => {
    const command = `'${process.execPath}' '${main}' --directory '${directory}' --interval 10 < /dev/null > /dev/full`
    const shell = spawn('/bin/sh', ['-c', command])
    const [complaint, [status]] = await Promise.all([text(shell.stderr), once(shell, 'exit')])
    expect(complaint).toMatch(/^watch: .*ENOSPC.*\n$/)
    expect(status).toBe(1)
  })

  test('its own output in the directory that it watches does not go round in circles', async () => {
    const log = join(directory, 'log')
    const descriptor = openSync(log, 'w')
    const program = spawn(process.execPath, [main, '--directory', directory, ...seldom], {
      stdio: ['ignore', descriptor, 'inherit'],
    })
    try {
      const ended = once(program, 'exit')
      const shows = (what: string) =>
        vi.waitFor(() => expect(readFileSync(log, 'utf8')).toContain(what), { timeout: 50_000 })
      await shows('input: end')
      writeFileSync(join(directory, 'after'), '')
      await shows('modified "after"')
      // inotify keeps the order: what the first lines brought about would stand before this one.
      expect(readFileSync(log, 'utf8')).not.toContain('"log"')
      program.kill('SIGINT')
      expect(await ended).toEqual([0, null])
    } finally {
      closeSync(descriptor)
      program.kill('SIGKILL')
    }
  })

  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const
  test.each(signals)('%s exits 0 and ends the child', async (signal) => {
    const program = watch(['--interval', '20', '--child', 'exec sleep 3600'])
    await hears(program, /^timer: tick \d+/)
    program.child.kill(signal)
    expect(await program.exit()).toBe(0)
    expect(program.stderr).toBe('')
    await isGone(childOf(program))
  })

  test('a directory that is none exits 1 and says which', async () => {
    const program = new Program('watch', ['--directory', '/no/such/directory'])
    expect(await program.exit()).toBe(1)
    expect(program.stderr).toContain('ENOENT')
    expect(program.stderr).toContain('--directory "/no/such/directory"')
    expect(program.lines).toEqual([])
  })

  test('--help says what there is and exits 0', async () => {
    const program = new Program('watch', ['--help'])
    expect(await program.exit()).toBe(0)
    expect(program.lines.join('\n')).toContain('--interval N')
  })

  test('a mistake in the options exits 2 and says which', async () => {
    const program = new Program('watch', ['--interval', '0'])
    expect(await program.exit()).toBe(2)
    expect(program.stderr).toContain('--interval must be a whole number from 1')
  })
})
