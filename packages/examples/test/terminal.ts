import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { vi } from 'vitest'

export interface Size {
  readonly columns: number
  readonly rows: number
}

const introducer = '\u001b'
/** A sequence, its beginning at the end of what has come, or a character. */
const pieces = new RegExp(`${introducer}\\[([?\\d;]*)([A-Za-z])|${introducer}[^A-Za-z]*$|[^]`, 'g')

/** What a terminal shows of what is written to it: as much of one as the programs need. An unknown sequence is an error. */
export class Screen {
  isCursorShown = true
  #size: Size
  #lines: string[] = ['']
  #row = 0
  #column = 0
  /** The beginning of a sequence whose end is still to come. */
  #rest = ''

  constructor(size: Size) {
    this.#size = size
  }

  /** What stands on it, from the first row. */
  get text(): string {
    return this.#lines.join('\n')
  }

  /** Lines that have become too long are wrapped, as most terminals do it. */
  resize(size: Size): void {
    const above = this.#lines.slice(0, this.#row)
    const wrap = (line: string) => line.match(new RegExp(`.{1,${size.columns}}`, 'g')) ?? ['']
    const row = above.flatMap(wrap).length
    const lines = this.#lines.flatMap(wrap)
    const lost = Math.max(0, lines.length - size.rows)
    this.#lines = lines.slice(lost)
    this.#row = Math.max(0, row - lost)
    this.#size = size
  }

  write(text: string): void {
    const parts = (this.#rest + text).matchAll(pieces)
    this.#rest = ''
    for (const [whole, parameter = '', command] of parts) {
      if (command !== undefined) this.#obey(command, parameter)
      else if (whole.startsWith(introducer)) this.#rest = whole
      else if (whole === '\r') this.#column = 0
      else if (whole === '\n') this.#feed()
      else this.#put(whole)
    }
  }

  #put(character: string): void {
    if (this.#column >= this.#size.columns) {
      this.#feed()
      this.#column = 0
    }
    const line = (this.#lines[this.#row] ?? '').padEnd(this.#column)
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1)
    this.#column++
  }

  #feed(): void {
    if (++this.#row >= this.#lines.length) this.#lines.push('')
    if (this.#lines.length <= this.#size.rows) return
    this.#lines.shift()
    this.#row--
  }

  #obey(command: string, parameter: string): void {
    const count = Number(parameter || 1)
    const line = this.#lines[this.#row] ?? ''
    switch (command + parameter) {
      case 'h?25':
      case 'l?25':
        this.isCursorShown = command === 'h'
        return
      case 'h?2026':
      case 'l?2026':
        return
      case 'J2':
        this.#lines = Array.from({ length: this.#row + 1 }, () => '')
        return
      case 'K2':
        this.#lines[this.#row] = ''
        return
      case 'K':
        this.#lines[this.#row] = line.slice(0, this.#column)
        return
      case 'H':
        this.#row = 0
        this.#column = 0
        return
      case 'G':
        this.#column = 0
        return
    }
    if (command === 'A') this.#row = Math.max(0, this.#row - count)
    else if (command === 'B') this.#row = Math.min(this.#lines.length - 1, this.#row + count)
    else throw new Error(`the sequence ${parameter}${command} is new here`)
  }
}

/** An example program in a terminal of its own. */
export class TerminalProgram {
  readonly screen: Screen
  readonly child: ChildProcess
  /** All that was written to the terminal: a screen forgets. */
  output = ''
  readonly #ended: Promise<unknown[]>

  /** @param said what its terminal says of its size, if not the truth */
  constructor(name: string, args: readonly string[], size: Size, said = size) {
    this.screen = new Screen(size)
    const main = fileURLToPath(new URL(`../dist/${name}/main.js`, import.meta.url))
    const { columns, rows } = said
    const program = `'${process.execPath}' '${main}' ${args.join(' ')}`
    const command = `stty cols ${columns} rows ${rows}; echo "process $$."; exec ${program}`
    this.child = spawn('script', ['-qec', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, SHELL: '/bin/sh' },
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text
      this.screen.write(text)
    })
    this.#ended = once(this.child, 'close').catch((error: unknown) => {
      throw new Error('this test needs script(1): Debian bsdutils, Alpine util-linux-misc', {
        cause: error,
      })
    })
  }

  /** Known when it shows something. */
  get pid(): number {
    return Number(/process (\d+)\./.exec(this.output)?.[1])
  }

  /** Waits until its screen is as wished. */
  async shows(wished: (text: string) => void): Promise<void> {
    const ended = this.#ended.then(([status]) => {
      throw new Error(`it ended with ${status}, and its screen shows:\n${this.screen.text}`)
    })
    const seen = vi.waitFor(() => wished(this.screen.text), { timeout: 50_000, interval: 10 })
    await Promise.race([ended, seen])
  }

  type(text: string): void {
    this.child.stdin?.write(text)
  }

  /** As when a user drags the corner of the window. */
  async resize(size: Size): Promise<void> {
    this.screen.resize(size)
    const { columns, rows } = size
    const terminal = readlinkSync(`/proc/${this.pid}/fd/0`)
    await promisify(execFile)('stty', ['-F', terminal, 'cols', `${columns}`, 'rows', `${rows}`])
  }

  /** Waits for the end and returns the exit status. */
  async exit(): Promise<unknown> {
    const [code, signal] = await this.#ended
    return signal ?? code
  }
}
